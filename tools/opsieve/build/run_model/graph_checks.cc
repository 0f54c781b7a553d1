#include "graph_checks.h"

#include <map>
#include <set>
#include <vector>

#include "npy.h"
#include "tensors.h"

namespace run_model {
namespace {

using tensorflow::GraphDef;
using tensorflow::NodeDef;

std::string ProblemOfConstant(const NodeDef& node) {
  const auto value = node.attr().find("value");
  if (value == node.attr().end()) return node.op() == "Const" ? "has no value" : "";
  if (!value->second.has_tensor()) return "";
  const auto& proto = value->second.tensor().tensor_shape();
  if (proto.unknown_rank()) return "has a value of unknown rank";
  if (static_cast<std::size_t>(proto.dim_size()) > kMostDimensions) return "has a value with too many dimensions";
  std::vector<std::int64_t> shape;
  for (const auto& dim : proto.dim()) shape.push_back(dim.size());
  return ElementCount(shape) < 0 ? "has a value with an impossible shape" : "";
}

template <typename Nodes>
std::string ProblemOfNodes(const Nodes& nodes, const std::string& where) {
  for (const NodeDef& node : nodes) {
    const std::string problem = ProblemOfConstant(node);
    if (!problem.empty()) return "node \"" + node.name() + "\" (" + node.op() + ")" + where + " " + problem;
  }
  return "";
}

// A function that is called by an op of its own name is always a call, whatever its input: a circle has no end.
class Circles {
 public:
  explicit Circles(const GraphDef& graph) {
    for (const auto& function : graph.library().function()) calls_[function.signature().name()];
    for (const auto& function : graph.library().function()) {
      for (const NodeDef& node : function.node_def()) {
        if (calls_.count(node.op()) > 0) calls_[function.signature().name()].insert(node.op());
      }
    }
  }

  // Functions that nothing is called by any more are taken away until none is left, or only circles.
  std::string Find() {
    std::map<std::string, int> callers;
    for (const auto& entry : calls_) {
      for (const std::string& called : entry.second) ++callers[called];
    }
    std::vector<std::string> ready;
    for (const auto& entry : calls_) {
      if (callers[entry.first] == 0) ready.push_back(entry.first);
    }
    std::set<std::string> left;
    for (const auto& entry : calls_) left.insert(entry.first);
    while (!ready.empty()) {
      const std::string name = ready.back();
      ready.pop_back();
      left.erase(name);
      for (const std::string& called : calls_[name]) {
        if (--callers[called] == 0) ready.push_back(called);
      }
    }
    return left.empty() ? "" : *left.begin();
  }

 private:
  std::map<std::string, std::set<std::string>> calls_;
};

}  // namespace

std::string ProblemOfGraph(const GraphDef& graph) {
  std::string problem = ProblemOfNodes(graph.node(), "");
  if (!problem.empty()) return problem;
  for (const auto& function : graph.library().function()) {
    problem = ProblemOfNodes(function.node_def(), " of function \"" + function.signature().name() + "\"");
    if (!problem.empty()) return problem;
  }
  const std::string circle = Circles(graph).Find();
  return circle.empty() ? "" : "function \"" + circle + "\" calls itself, or one that does, without end";
}

}  // namespace run_model
