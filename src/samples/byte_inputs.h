#pragma once

#include <map>
#include <string>

#include "autoaccel/config.h"
#include "model/model.h"
#include "samples/recognise.h"

namespace autoaccel::samples {

/// The numbers of an input that holds bytes: of pictures where its shape is one of pictures, else of any bytes.
Plan plan_bytes(const InputFacts& input, const ModelFacts& model, const ByteMapping& mapping);

/// Adds the inputs that hold bytes by the model's own arithmetic, as InputConfig::bytes with u itself as the number:
/// floats that are taken for pictures and that the graph begins to normalise (counts_bytes). Inputs whose samples the
/// config says something of stay as they are: what is declared there holds.
///
/// shapes  of every input by name
Config with_recognised_bytes(Config config, const model::Model& model, const std::map<std::string, Shape>& shapes);

}  // namespace autoaccel::samples
