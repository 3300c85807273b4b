#pragma once

#include <cstddef>
#include <functional>

namespace autoaccel::base {

/// Calls work(0), work(1), … work(count − 1), on as many threads as there are processors and at most eight, the calling
/// one among them. The first exception that a call throws ends it, once the calls in progress are done.
void for_each_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace autoaccel::base
