#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "autoaccel/variant.h"
#include "model/model.h"

namespace autoaccel::quantize {
class Statistics;
class ProductsSource;
class Judge;
}  // namespace autoaccel::quantize

namespace autoaccel::rewrite {

/// What passes are told besides the graph.
struct PassContext {
  IoTypes io = IoTypes::original;
  std::map<std::string, Shape> input_shapes;  ///< for shape inference; empty: as declared
  std::map<std::string, Shape> use_shapes =
      {};                                 ///< what it mostly runs at, other shapes allowed: for estimates of work
  std::set<std::string> keep_nodes = {};  ///< names or ids of nodes that stay in their precision
  std::set<std::string> convert_nodes =
      {};                    ///< … that are converted wherever their operator allows it, against the rules
  std::string runtime = {};  ///< the target, where its dialect matters; empty: none in particular
  const quantize::Statistics* statistics = nullptr;  ///< what was seen of activations; null: nothing
  quantize::ProductsSource* products = nullptr;      ///< how channels of activations go together; null: nobody knows
  quantize::Judge* judge = nullptr;                  ///< measures candidates against the original; null: nobody does
};

/// What a conversion did, for the record and the terminal.
struct PassReport {
  int nodes_converted = 0;
  int nodes_kept = 0;                         ///< float nodes left in their precision
  std::map<std::string, int> kept_by_reason;  ///< `Exp: results leave the range of 16 bits` → 2
  int weights_converted = 0;
  std::vector<std::string> notes;  ///< counts of clamped constants, overflow, flushed values, …
  std::string nothing_to_convert;  ///< why a pass that converts left the model as it was; else empty
};

/// One rewrite of an ONNX graph; stateless and idempotent: what has nothing to do leaves the model as it is.
/// errors  unsupported: the model cannot be converted, with the node and the reason
struct Pass {
  std::string_view name;  ///< <verb>_<object>
  std::string_view what;  ///< one line for `--list`
  void (*apply)(model::Model&, const PassContext&, PassReport&);
  bool reads_statistics = false;  ///< of the values that the model has when its turn comes
};

}  // namespace autoaccel::rewrite
