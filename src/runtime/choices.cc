#include "runtime/choices.h"

#include <algorithm>
#include <string>
#include <utility>

namespace autoaccel::runtime {

std::vector<int> thread_counts(const Host& host, const Config& config) {
  std::vector<int> counts;
  for (const int count : config.search.threads)
    if (count <= host.threads && std::ranges::find(counts, count) == counts.end()) counts.push_back(count);
  if (!counts.empty()) return counts;
  for (int count = host.threads; count >= 1; count /= 2) counts.push_back(count);
  return counts;
}

std::vector<int> excessive_thread_counts(const Host& host, const Config& config) {
  std::vector<int> counts;
  for (const int count : config.search.threads)
    if (count > host.threads && std::ranges::find(counts, count) == counts.end()) counts.push_back(count);
  return counts;
}

plan::Dimension one_setting(const std::string& name, const std::vector<std::string>& values) {
  plan::Dimension dimension{.name = name, .choices = {{}}};
  for (const std::string& value : values) dimension.choices.push_back({{name, value}});
  return dimension;
}

plan::Dimension batches(const Config& config) {
  std::vector<std::string> values;
  for (const std::int64_t batch : config.search.batches) values.push_back(std::to_string(batch));
  if (values.empty()) values = {"2", "4", "8"};  // past 8 a processor's caches are full, and latency grows for nothing
  return one_setting("batch", values);
}

plan::Dimension denormals_as_zero(const Host& host) {
  const bool cost_time = host.processor.find("Intel") != std::string::npos;
  return one_setting("denormals_as_zero", cost_time ? std::vector<std::string>{"on"} : std::vector<std::string>{});
}

std::vector<plan::Dimension> with_a_choice(std::vector<plan::Dimension> dimensions) {
  std::erase_if(dimensions, [](const plan::Dimension& dimension) { return dimension.choices.size() < 2; });
  return dimensions;
}

}  // namespace autoaccel::runtime
