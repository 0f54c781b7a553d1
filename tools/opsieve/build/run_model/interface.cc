#include "interface.h"

#include <map>

#include "dtypes.h"
#include "messages.h"

namespace run_model {
namespace {

using tensorflow::GraphDef;
using tensorflow::NodeDef;
using tensorflow::SignatureDef;
using tensorflow::TensorInfo;

constexpr char kDefaultSignature[] = "serving_default";

// Ops without outputs that a graph may end in.
constexpr const char* kNoOutputs[] = {
    "NoOp",   "Assert",           "InitializeTableFromTextFileV2", "InitializeTableV2", "LookupTableImportV2",
    "SaveV2", "AssignVariableOp", "MergeV2Checkpoints",
};

void SetShape(const tensorflow::TensorShapeProto& proto, Endpoint* endpoint) {
  endpoint->known_rank = !proto.unknown_rank();
  for (const auto& dim : proto.dim()) endpoint->shape.push_back(dim.size() < 0 ? -1 : dim.size());
}

Endpoint PlaceholderEndpoint(const GraphDef& graph, const NodeDef& node) {
  Endpoint endpoint;
  endpoint.name = node.name();
  endpoint.tensor = node.name() + ":0";
  const auto dtype = node.attr().find("dtype");
  if (dtype != node.attr().end()) endpoint.dtype = dtype->second.type();
  const auto shape = node.attr().find("shape");
  if (shape != node.attr().end()) {
    SetShape(shape->second.shape(), &endpoint);
    // Before version 24 no dimensions meant an unknown rank (tensorflow/core/public/version.h).
    if (endpoint.shape.empty() && graph.versions().producer() < 24) endpoint.known_rank = false;
  }
  return endpoint;
}

bool IsPlaceholder(const NodeDef& node) { return node.op() == "Placeholder" || node.op() == "PlaceholderV2"; }

bool IsEnd(const NodeDef& node) {
  if (IsPlaceholder(node) || node.op() == "Const") return false;
  for (const char* op : kNoOutputs) {
    if (node.op() == op) return false;
  }
  return true;
}

// "x" of "x:1" and of "^x": how a node names its inputs.
std::string NodeOfInput(const std::string& input) { return NodeOf(input[0] == '^' ? input.substr(1) : input); }

Interface InterfaceOfGraph(const GraphDef& graph) {
  std::set<std::string> read;
  for (const NodeDef& node : graph.node()) {
    for (const std::string& input : node.input()) read.insert(NodeOfInput(input));
  }
  Interface interface;
  for (const NodeDef& node : graph.node()) {
    if (IsPlaceholder(node)) interface.inputs.push_back(PlaceholderEndpoint(graph, node));
    if (read.count(node.name()) > 0 || !IsEnd(node)) continue;
    interface.outputs.emplace_back();
    interface.outputs.back().name = node.name();
    interface.outputs.back().tensor = node.name() + ":0";
  }
  return interface;
}

void AddEndpoints(const std::string& key, const TensorInfo& info, std::vector<Endpoint>* endpoints) {
  Endpoint endpoint;
  if (info.has_coo_sparse()) {
    // A SparseTensor is three tensors, of which only the values have the type that the signature says.
    const auto& sparse = info.coo_sparse();
    endpoints->push_back({key + "/indices", sparse.indices_tensor_name(), tensorflow::DT_INT64, false, {}});
    endpoints->push_back({key + "/values", sparse.values_tensor_name(), info.dtype(), false, {}});
    endpoints->push_back({key + "/dense_shape", sparse.dense_shape_tensor_name(), tensorflow::DT_INT64, false, {}});
    return;
  }
  endpoint.name = key;
  endpoint.tensor = info.name();
  endpoint.dtype = info.dtype();
  SetShape(info.tensor_shape(), &endpoint);
  if (endpoint.tensor.empty()) {
    Note("\"" + key + "\" is a composite tensor, which is left out; name its tensors with --feed or --fetch");
  } else {
    endpoints->push_back(endpoint);
  }
}

template <typename Infos>
std::vector<Endpoint> SortedEndpoints(const Infos& infos) {
  std::map<std::string, const TensorInfo*> sorted;
  for (const auto& entry : infos) sorted[entry.first] = &entry.second;
  std::vector<Endpoint> endpoints;
  for (const auto& entry : sorted) AddEndpoints(entry.first, *entry.second, &endpoints);
  return endpoints;
}

std::string ChooseSignature(const Model& model, const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& entry : model.signatures) names.push_back(entry.first);
  const std::string there = names.empty() ? "it has none" : "it has " + Joined(names);
  if (!wanted.empty()) {
    if (model.signatures.count(wanted) == 0) WrongInput(model.path + ": has no signature " + wanted + "; " + there);
    return wanted;
  }
  if (model.signatures.count(kDefaultSignature) > 0) return kDefaultSignature;
  if (names.size() == 1) return names.front();
  if (names.empty()) return "";
  WrongInput(model.path + ": choose one with --signature; " + there);
}

bool NodeExists(const GraphDef& graph, const std::string& name) {
  for (const NodeDef& node : graph.node()) {
    if (node.name() == name) return true;
  }
  return false;
}

bool HasOutputNumber(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  return colon != std::string::npos && colon + 1 < name.size() &&
         name.find_first_not_of("0123456789", colon + 1) == std::string::npos && name.size() - colon < 8;
}

Endpoint Find(const Model& model, const std::vector<Endpoint>& known, const std::string& name, const char* what) {
  for (const Endpoint& endpoint : known) {
    if (endpoint.name == name) return endpoint;
  }
  const std::string tensor = HasOutputNumber(name) ? name : name + ":0";
  Endpoint found;
  for (const Endpoint& endpoint : known) {
    if (endpoint.tensor == tensor) found = endpoint;
  }
  if (!NodeExists(model.graph, NodeOf(tensor))) {
    std::vector<std::string> names;
    for (const Endpoint& endpoint : known) names.push_back(endpoint.name);
    WrongInput(model.path + ": has no " + what + " and no tensor \"" + name + "\"" +
               (names.empty() ? "" : std::string("; its ") + what + "s: " + Joined(names)));
  }
  found.name = name;
  found.tensor = tensor;
  return found;
}

}  // namespace

std::string NodeOf(const std::string& tensor) {
  return HasOutputNumber(tensor) ? tensor.substr(0, tensor.rfind(':')) : tensor;
}

Interface InterfaceOf(const Model& model, const std::string& signature) {
  if (!model.saved_model) {
    if (!signature.empty()) WrongInput(model.path + ": is a GraphDef, which has no signatures");
    return InterfaceOfGraph(model.graph);
  }
  const std::string chosen = ChooseSignature(model, signature);
  if (chosen.empty()) return {};
  const SignatureDef& definition = model.signatures.at(chosen);
  return {chosen, SortedEndpoints(definition.inputs()), SortedEndpoints(definition.outputs())};
}

Endpoint FindInput(const Model& model, const Interface& interface, const std::string& name) {
  Endpoint found = Find(model, interface.inputs, name, "input");
  if (found.dtype != 0) return found;
  for (const NodeDef& node : model.graph.node()) {
    if (node.name() != NodeOf(found.tensor) || !IsPlaceholder(node)) continue;
    found = PlaceholderEndpoint(model.graph, node);
    found.name = name;
  }
  return found;
}

Endpoint FindOutput(const Model& model, const Interface& interface, const std::string& name) {
  return Find(model, interface.outputs, name, "output");
}

std::set<std::string> NeededNodes(const Model& model, const std::vector<Endpoint>& outputs,
                                  const std::vector<Endpoint>& fed) {
  std::map<std::string, const NodeDef*> nodes;
  for (const NodeDef& node : model.graph.node()) nodes[node.name()] = &node;
  std::set<std::string> known;
  for (const Endpoint& endpoint : fed) known.insert(NodeOf(endpoint.tensor));
  std::set<std::string> needed;
  std::vector<std::string> pending;
  for (const Endpoint& endpoint : outputs) pending.push_back(NodeOf(endpoint.tensor));
  while (!pending.empty()) {
    const std::string name = pending.back();
    pending.pop_back();
    const auto node = nodes.find(name);
    if (node == nodes.end() || known.count(name) > 0 || !needed.insert(name).second) continue;
    for (const std::string& input : node->second->input()) pending.push_back(NodeOfInput(input));
  }
  return needed;
}

std::string TypeAndShape(const Endpoint& endpoint) {
  std::string text = endpoint.dtype == 0 ? "unknown dtype" : DtypeName(endpoint.dtype);
  if (!endpoint.known_rank) return text + " of unknown rank";
  text += " [";
  for (std::size_t i = 0; i < endpoint.shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + (endpoint.shape[i] < 0 ? std::string("?") : std::to_string(endpoint.shape[i]));
  }
  return text + "]";
}

}  // namespace run_model
