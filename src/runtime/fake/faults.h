#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/fake/attempts.h"

namespace autoaccel::runtime::fake {

/// What goes wrong, and when: `stage[#n]:what[=number]`, several joined by commas, in the order given.
///
/// stage  start, probe, convert, load, bind, run, fetch or placement; with #n from its n-th call on
/// what   a row of the table in faults.cc, or of that in attempts.cc: what a sandbox must refuse
///
/// Example: `load:print,run#3:segv` loads with a word in the log and crashes in the third inference.
class Faults {
 public:
  /// A text that was added before changes nothing: convert and load of one worker read the same model.
  /// errors  usage: a text that is not of that form, an unknown fault
  void add(std::string_view text);

  /// Does what is planned for this call of `stage`; may not return. Callable from several threads.
  void strike(std::string_view stage);

 private:
  struct Planned {
    std::string stage;
    int from_call = 1;
    void (*act)(double number) = nullptr;  ///< or
    const Attempt* attempt = nullptr;
    double number = 0;
  };
  std::set<std::string, std::less<>> added_;
  std::vector<Planned> planned_;
  std::map<std::string, int, std::less<>> calls_;
  std::mutex mutex_;
};

}  // namespace autoaccel::runtime::fake
