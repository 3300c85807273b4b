#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace autoaccel::report::testing {

/// What a cell of a workbook holds, as it stands in the XML; entities are decoded.
struct ReadCell {
  std::string value;
  bool is_text = false;
  std::size_t style = 0;
};

struct ReadSheet {
  std::string xml;
  std::vector<std::vector<ReadCell>> cells;

  std::size_t rows() const { return cells.size(); }
  /// An empty cell outside of what is written.
  ReadCell at(std::size_t row, std::size_t column) const;
  /// The column whose first cell is `header`. Throws std::out_of_range.
  std::size_t column(const std::string& header) const;
};

struct ReadStyle {
  bool is_bold = false;
  std::string ink;  ///< ARGB; empty: the default
  std::string fill;
  std::string number_format;
};

struct ReadWorkbook {
  std::vector<std::string> names;
  std::vector<ReadSheet> sheets;
  std::vector<std::string> strings;
  std::vector<ReadStyle> styles;    ///< by a cell's style
  std::vector<std::string> charts;  ///< XML of each

  /// The sheet of that name. Throws std::out_of_range.
  const ReadSheet& sheet(const std::string& name) const;
};

/// Enough of the format to check what libxlsxwriter was told. Throws std::runtime_error for a file that is none.
ReadWorkbook read_xlsx(const std::filesystem::path& path);

}  // namespace autoaccel::report::testing
