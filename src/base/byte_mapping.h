#pragma once

#include "autoaccel/config.h"
#include "autoaccel/tensor.h"

namespace autoaccel::base {

/// x = (u - mean) * scale in float32, one rounding each as the nodes of a graph do it, then cast to `type`.
///
/// bytes    uint8, its axis `mapping.axis` as long as the mapping's lists
/// returns  numbers of the same shape
/// errors   defect: another type, a list of another length
Tensor numbers_from_bytes(const Tensor& bytes, const ByteMapping& mapping, ElementType type);

/// x / scale + mean as float64: where each number lies among the bytes. The same conditions and errors; numbers of any
/// type that element_as_double reads.
Tensor positions_among_bytes(const Tensor& numbers, const ByteMapping& mapping);

/// u = clip(round(x / scale + mean), 0, 255), halves to even; what numbers_from_bytes made comes back as it was. NaN
/// gives 0. The same conditions and errors.
Tensor bytes_from_numbers(const Tensor& numbers, const ByteMapping& mapping);

/// Of all the numbers that round to the byte given, the one nearest to the reference's: a difference that remains is
/// more than rounding to bytes makes. 0 and 255 stand for everything beyond them as well.
///
/// reference  numbers of the same shape; what is not finite is answered by the byte's own number
/// returns    float32
Tensor nearest_numbers_from_bytes(const Tensor& bytes, const ByteMapping& mapping, const Tensor& reference);

}  // namespace autoaccel::base
