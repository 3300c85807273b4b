#pragma once

#include <string_view>

/// The files that report.html is put together from, built in: cmake/AutoAccelReportAssets.cmake makes the source.
namespace autoaccel::report::assets {

extern const std::string_view kPage;          ///< page.html, with {{name}} where a part goes
extern const std::string_view kStyle;         ///< style.css
extern const std::string_view kScript;        ///< our scripts, joined
extern const std::string_view kChart;         ///< Chart.js
extern const std::string_view kChartLicence;  ///< chart_licence.txt

}  // namespace autoaccel::report::assets
