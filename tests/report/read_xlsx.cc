#include "report/read_xlsx.h"

#include <zlib.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace autoaccel::report::testing {
namespace {

std::uint32_t little_endian(const std::string& bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i))))
             << (8 * i);
  }
  return value;
}

std::string inflated(const std::string& packed, std::size_t size) {
  std::string plain(size, '\0');
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(size);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("zlib");
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("damaged entry");
  return plain;
}

/// Name → content, by the central directory (APPNOTE 4.3.12).
std::map<std::string, std::string> unzipped(const std::string& bytes) {
  const std::size_t end = bytes.rfind("PK\x05\x06");
  if (end == std::string::npos) throw std::runtime_error("not a zip file");
  std::map<std::string, std::string> files;
  std::size_t at = little_endian(bytes, end + 16, 4);
  for (std::uint32_t left = little_endian(bytes, end + 10, 2); left > 0; --left) {
    const std::uint32_t method = little_endian(bytes, at + 10, 2);
    const std::uint32_t packed_size = little_endian(bytes, at + 20, 4);
    const std::uint32_t size = little_endian(bytes, at + 24, 4);
    const std::uint32_t name_size = little_endian(bytes, at + 28, 2);
    const std::size_t local = little_endian(bytes, at + 42, 4);
    const std::size_t data = local + 30 + little_endian(bytes, local + 26, 2) + little_endian(bytes, local + 28, 2);
    const std::string packed = bytes.substr(data, packed_size);
    files[bytes.substr(at + 46, name_size)] = method == 0 ? packed : inflated(packed, size);
    at += 46 + name_size + little_endian(bytes, at + 30, 2) + little_endian(bytes, at + 32, 2);
  }
  return files;
}

std::string decoded(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
  for (const auto& [entity, character] : entities) {
    for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
      text.replace(at, std::string(entity).size(), character);
    }
  }
  return text;
}

/// All `<tag …>…</tag>` and `<tag …/>` of the text: attributes and content.
struct Element {
  std::string attributes, content;
  std::string attribute(const std::string& name) const {
    const std::size_t at = (" " + attributes).find(" " + name + "=\"");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 2;
    return decoded(attributes.substr(begin, attributes.find('"', begin) - begin));
  }
};
std::vector<Element> elements(const std::string& xml, const std::string& tag) {
  std::vector<Element> found;
  for (std::size_t at = 0; (at = xml.find("<" + tag, at)) != std::string::npos;) {
    const std::size_t name_end = at + 1 + tag.size();
    if (xml.at(name_end) != ' ' && xml.at(name_end) != '>' && xml.at(name_end) != '/') {
      at = name_end;
      continue;
    }
    const std::size_t close = xml.find('>', name_end);
    const bool is_empty = xml[close - 1] == '/';
    const std::size_t first = std::min(name_end + 1, close);
    Element element{.attributes = xml.substr(first, close - first - (is_empty && close > first ? 1 : 0)),
                    .content = {}};
    at = close + 1;
    if (!is_empty) {
      const std::size_t end = xml.find("</" + tag + ">", at);
      element.content = xml.substr(at, end - at);
      at = end;
    }
    found.push_back(std::move(element));
  }
  return found;
}

std::size_t column_of(const std::string& reference) {
  std::size_t column = 0;
  for (const char c : reference) {
    if (c >= 'A' && c <= 'Z') column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
  }
  return column - 1;
}

std::string only_content(const std::string& xml, const std::string& tag) {
  const auto found = elements(xml, tag);
  return found.empty() ? "" : found[0].content;
}

ReadSheet read_sheet(std::string xml, const std::vector<std::string>& strings) {
  ReadSheet sheet;
  for (const Element& row : elements(xml, "row")) {
    const std::size_t line = std::stoul(row.attribute("r"));
    sheet.cells.resize(std::max(sheet.cells.size(), line));
    auto& cells = sheet.cells[line - 1];
    for (const Element& c : elements(row.content, "c")) {
      const std::size_t column = column_of(c.attribute("r"));
      cells.resize(std::max(cells.size(), column + 1));
      ReadCell& cell = cells[column];
      cell.value = only_content(c.content, "v");
      cell.is_text = c.attribute("t") == "s";
      if (cell.is_text) cell.value = strings.at(std::stoul(cell.value));
      cell.style = c.attribute("s").empty() ? 0 : std::stoul(c.attribute("s"));
    }
  }
  sheet.xml = std::move(xml);
  return sheet;
}

std::vector<ReadStyle> read_styles(const std::string& xml) {
  std::map<std::string, std::string> formats;
  for (const Element& format : elements(only_content(xml, "numFmts"), "numFmt")) {
    formats[format.attribute("numFmtId")] = format.attribute("formatCode");
  }
  const auto fonts = elements(only_content(xml, "fonts"), "font");
  const auto fills = elements(only_content(xml, "fills"), "fill");
  std::vector<ReadStyle> styles;
  for (const Element& use : elements(only_content(xml, "cellXfs"), "xf")) {
    const Element& font = fonts.at(std::stoul(use.attribute("fontId")));
    const auto colors = elements(font.content, "color");
    const auto filled = elements(fills.at(std::stoul(use.attribute("fillId"))).content, "fgColor");
    styles.push_back({.is_bold = !elements(font.content, "b").empty(),
                      .ink = colors.empty() ? "" : colors[0].attribute("rgb"),
                      .fill = filled.empty() ? "" : filled[0].attribute("rgb"),
                      .number_format = formats[use.attribute("numFmtId")]});
  }
  return styles;
}

}  // namespace

ReadCell ReadSheet::at(std::size_t row, std::size_t column) const {
  return row < cells.size() && column < cells[row].size() ? cells[row][column] : ReadCell{};
}

std::size_t ReadSheet::column(const std::string& header) const {
  for (std::size_t i = 0; i < cells.at(0).size(); ++i) {
    if (cells[0][i].value == header) return i;
  }
  throw std::out_of_range("no column " + header);
}

const ReadSheet& ReadWorkbook::sheet(const std::string& name) const {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return sheets[i];
  }
  throw std::out_of_range("no sheet " + name);
}

ReadWorkbook read_xlsx(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  const auto files = unzipped(bytes.str());
  ReadWorkbook book;
  for (const Element& string : elements(files.at("xl/sharedStrings.xml"), "si")) {
    book.strings.push_back(decoded(only_content(string.content, "t")));
  }
  for (const Element& sheet : elements(files.at("xl/workbook.xml"), "sheet"))
    book.names.push_back(sheet.attribute("name"));
  for (std::size_t i = 1; i <= book.names.size(); ++i) {
    book.sheets.push_back(read_sheet(files.at("xl/worksheets/sheet" + std::to_string(i) + ".xml"), book.strings));
  }
  for (std::size_t i = 1; files.contains("xl/charts/chart" + std::to_string(i) + ".xml"); ++i)
    book.charts.push_back(files.at("xl/charts/chart" + std::to_string(i) + ".xml"));
  book.styles = read_styles(files.at("xl/styles.xml"));
  return book;
}

}  // namespace autoaccel::report::testing
