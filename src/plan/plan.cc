#include "plan/plan.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "plan/label.h"

namespace autoaccel::plan {
namespace {

constexpr std::string_view kReferenceRuntime = "onnxruntime";

const RuntimeInfo* find_info(std::span<const RuntimeInfo> found, std::string_view name) {
  const auto info = std::find_if(found.begin(), found.end(), [&](const RuntimeInfo& i) { return i.name == name; });
  return info == found.end() ? nullptr : &*info;
}

bool is_equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// Why nothing runs on this runtime here; empty when it can.
std::string missing_reason(const RuntimeDescription& runtime, const RuntimeInfo* info, const Device& device) {
  if (!info || !info->available) {
    const std::string reason = info && !info->reason.empty() ? info->reason : "not found";
    return std::string(runtime.name) + " is not available: " + reason;
  }
  const auto is_device = [&](const std::string& name) { return is_equal_ignoring_case(name, device.to_text()); };
  if (std::any_of(info->devices.begin(), info->devices.end(), is_device)) return {};
  const std::string wanted = device.is_cpu() ? "the CPU" : "GPU " + device.to_text();
  if (!device.is_cpu() && !info->no_gpu_reason.empty())
    return std::string(runtime.name) + " does not serve " + wanted + " here: " + info->no_gpu_reason;
  return std::string(runtime.name) + " does not serve " + wanted +
         " here; its devices: " + (info->devices.empty() ? "none" : base::join(info->devices, ", "));
}

bool is_listed(const std::vector<Located<std::string>>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& item) { return item.value == name; });
}

/// Whether search.precisions lists the precision that the variant stands for, or its recipe.
bool is_precision_listed(const SearchConfig& search, const Variant& variant) {
  if (search.precisions.empty() || is_listed(search.precisions, variant.recipe)) return true;
  const std::string precision = precision_of(variant.recipe, variant.settings);
  return std::any_of(search.precisions.begin(), search.precisions.end(),
                     [&](const auto& item) { return canonical_precision(item.value) == precision; });
}

/// More threads than processors take turns, and are slower than fewer by up to a factor.
std::string thread_reason(const Variant& variant, const Host& host) {
  const auto setting = variant.settings.find("threads");
  if (setting == variant.settings.end()) return {};
  int threads = 0;
  std::from_chars(setting->second.data(), setting->second.data() + setting->second.size(), threads);
  if (threads <= host.threads) return {};
  return setting->second + " threads on " + std::to_string(host.threads) +
         (host.threads == 1 ? " processor" : " processors") + " take turns, which is slower";
}

/// The first reason against a trial, the most general one first.
std::string skip_reason(const Config& config, const Host& host, const Variant& variant, const std::string& missing,
                        const std::string& offer_reason) {
  const SearchConfig& search = config.search;
  if (!search.runtimes.empty() && !is_listed(search.runtimes, variant.runtime)) return "not in search.runtimes";
  if (!missing.empty()) return missing;
  if (!is_precision_listed(search, variant)) return "not in search.precisions";
  if (!offer_reason.empty()) return offer_reason;
  return thread_reason(variant, host);
}

struct RuntimeOffers {
  const RuntimeDescription* runtime;
  std::string missing;  ///< why it cannot run here; empty when it can
  std::vector<Offer> offers;
};

std::vector<RuntimeOffers> gather_offers(const Config& config, std::span<const RuntimeDescription> runtimes,
                                         std::span<const RuntimeInfo> found, const Host& host) {
  std::vector<RuntimeOffers> gathered;
  for (const RuntimeDescription& runtime : runtimes) {
    const RuntimeInfo* info = find_info(found, runtime.name);
    RuntimeInfo none;
    none.name = runtime.name;
    gathered.push_back({.runtime = &runtime,
                        .missing = missing_reason(runtime, info, config.device),
                        .offers = runtime.offers(host, info ? *info : none, config)});
  }
  return gathered;
}

[[noreturn]] void fail_unknown(std::string_view what, const Located<std::string>& item,
                               std::span<const std::string> known) {
  Error error(Cause::usage, "unknown " + std::string(what) + " '" + base::printable(item.value, 60) + "'",
              base::suggestion(item.value, known));
  if (item.location) error.at(*item.location);
  throw error;
}

void require_known_names(const SearchConfig& search, const std::vector<RuntimeOffers>& gathered) {
  std::vector<std::string> runtimes;
  std::vector<std::string> precisions = {"fp32", "fp16", "bf16"};
  const auto add_precision = [&](const std::string& name) {
    if (std::find(precisions.begin(), precisions.end(), name) == precisions.end()) precisions.push_back(name);
  };
  for (const RuntimeOffers& each : gathered) {
    runtimes.emplace_back(each.runtime->name);
    for (const Offer& offer : each.offers) add_precision(precision_of(offer.recipe, offer.settings));
    for (const Offer& offer : each.offers) add_precision(offer.recipe);
  }
  for (const auto& item : search.runtimes) {
    if (std::find(runtimes.begin(), runtimes.end(), item.value) == runtimes.end())
      fail_unknown("runtime", item, runtimes);
  }
  for (const auto& item : search.precisions) {
    const bool is_known = std::any_of(precisions.begin(), precisions.end(), [&](const std::string& name) {
      return name == item.value || name == canonical_precision(item.value);
    });
    if (!is_known) fail_unknown("precision", item, precisions);
  }
}

/// The original: the reference's variant where its runtime is described, else the first that converts nothing.
PlannedVariant plan_original(const Config& config, const Host& host, const std::vector<RuntimeOffers>& gathered) {
  for (const RuntimeOffers& each : gathered) {
    if (each.runtime->name == kReferenceRuntime) {
      return {.variant = original_variant(host, config.device), .skip_reason = each.missing};
    }
  }
  for (const RuntimeOffers& each : gathered) {
    for (const Offer& offer : each.offers) {
      if (offer.recipe != "original" || offer.io != IoTypes::original) continue;
      return {.variant = {.recipe = offer.recipe,
                          .runtime = std::string(each.runtime->name),
                          .device = config.device,
                          .io = offer.io,
                          .settings = offer.settings},
              .skip_reason = each.missing};
    }
  }
  throw Error(Cause::environment, "no runtime is built that runs the original model",
              "autoaccel doctor says what is missing");
}

template <typename Number>
bool is_whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool is_value_of(const SettingInfo& setting, std::string_view value) {
  if (setting.values.starts_with("integer")) return is_whole<int>(value);
  if (setting.values == "number") return is_whole<double>(value);
  if (setting.values.find(" | ") == std::string_view::npos) return true;
  std::string_view rest = setting.values;
  for (;;) {
    const std::size_t end = rest.find(" | ");
    if (rest.substr(0, end) == value) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 3);
  }
}

Variant original_variant(const Host& host, const Device& device) {
  return {.recipe = "original",
          .runtime = std::string(kReferenceRuntime),
          .device = device,
          .io = IoTypes::original,
          .settings = device.is_cpu() ? Settings{{"threads", std::to_string(host.threads)}} : Settings{}};
}

std::vector<PlannedVariant> make_plan(const Config& config, std::span<const RuntimeDescription> runtimes,
                                      std::span<const RuntimeInfo> found, const Host& host) {
  const std::vector<RuntimeOffers> gathered = gather_offers(config, runtimes, found, host);
  require_known_names(config.search, gathered);

  std::vector<PlannedVariant> plan = {plan_original(config, host, gathered)};
  std::set<std::string> ids = {plan.front().variant.id()};
  for (const RuntimeOffers& each : gathered) {
    for (const Offer& offer : each.offers) {
      Variant variant{.recipe = offer.recipe,
                      .runtime = std::string(each.runtime->name),
                      .device = config.device,
                      .io = offer.io,
                      .settings = offer.settings};
      if (!ids.insert(variant.id()).second) continue;
      std::string reason = skip_reason(config, host, variant, each.missing, offer.skip_reason);
      plan.push_back({.variant = std::move(variant), .skip_reason = std::move(reason)});
    }
  }
  std::stable_partition(plan.begin() + 1, plan.end(), [](const PlannedVariant& p) { return p.skip_reason.empty(); });
  return plan;
}

}  // namespace autoaccel::plan
