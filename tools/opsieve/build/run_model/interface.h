// The inputs and outputs of a model, by the names that a user knows them by.

#ifndef OPSIEVE_RUN_MODEL_INTERFACE_H_
#define OPSIEVE_RUN_MODEL_INTERFACE_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "model.h"

namespace run_model {

// `name`: a signature's key, or the node's name. `dtype`: 0 where the graph does not say. In `shape`, -1 is unknown.
struct Endpoint {
  std::string name;
  std::string tensor;
  int dtype = 0;
  bool known_rank = false;
  std::vector<std::int64_t> shape;
};

struct Interface {
  std::string signature;  // "" for a graph without
  std::vector<Endpoint> inputs;
  std::vector<Endpoint> outputs;
};

// Of a SavedModel a signature: the named one, serving_default, or the only one. Of a GraphDef its Placeholders, and the
// first output of every node that nothing reads. Ends the program with status 2 where there is no such signature.
Interface InterfaceOf(const Model& model, const std::string& signature);

// An input or output by the name that a user gave: a key, or a tensor of the graph ("x:0", "x"). Ends the program with
// status 2 where there is none.
Endpoint FindInput(const Model& model, const Interface& interface, const std::string& name);
Endpoint FindOutput(const Model& model, const Interface& interface, const std::string& name);

// The names of the nodes that are run for these outputs when these inputs are fed.
std::set<std::string> NeededNodes(const Model& model, const std::vector<Endpoint>& outputs,
                                  const std::vector<Endpoint>& fed);

// "x" of "x:0".
std::string NodeOf(const std::string& tensor);

// "DT_FLOAT [?, 3]"
std::string TypeAndShape(const Endpoint& endpoint);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_INTERFACE_H_
