#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "autoaccel/variant.h"
#include "plan/plan.h"

namespace autoaccel::runtime {

/// A variant's settings, read against its runtime's table.
///
/// The settings and the table must outlive the reader.
class SettingsReader {
 public:
  /// errors  usage: a name that is not in the table (did you mean)
  SettingsReader(const Settings& settings, std::span<const plan::SettingInfo> table);

  /// errors  usage: not an integer of at least `min`
  std::optional<int> integer(std::string_view name, int min = 1) const;

  /// errors  usage: none of `allowed`
  std::optional<std::string> choice(std::string_view name, std::span<const std::string_view> allowed) const;

  /// `on` or `off`.
  std::optional<bool> on_off(std::string_view name) const;

 private:
  const Settings& settings_;
};

}  // namespace autoaccel::runtime
