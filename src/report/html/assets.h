#pragma once

#include <string_view>

/// The files that report.html is put together from, built in: cmake/AutoAccelReportAssets.cmake makes the source.
namespace autoaccel::report::assets {

extern const std::string_view page;           ///< page.html, with {{name}} where a part goes
extern const std::string_view style;          ///< style.css
extern const std::string_view script;         ///< our scripts, joined
extern const std::string_view chart;          ///< Chart.js
extern const std::string_view chart_licence;  ///< chart_licence.txt

}  // namespace autoaccel::report::assets
