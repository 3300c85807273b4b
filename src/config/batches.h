#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/config.h"

namespace autoaccel::config {

/// Samples in one request at use_shape: the leading axis that inputs share; 1 where there is none.
std::int64_t samples_in_request(const std::vector<TensorInfo>& inputs,
                                const std::map<std::string, InputShapes>& shapes);

/// The axis along which each input is stacked to make requests of `batch` samples, by name; empty: the model does not
/// take them.
///
/// That is axis 0 where it counts the samples of use_shape and max_shape allows `batch` of them, else the only other
/// axis of which the same is true (the state of a recurrent model). Inputs without one stay as they are.
std::map<std::string, std::size_t> batch_axes(const std::vector<TensorInfo>& inputs,
                                              const std::map<std::string, InputShapes>& shapes, std::int64_t batch);

}  // namespace autoaccel::config
