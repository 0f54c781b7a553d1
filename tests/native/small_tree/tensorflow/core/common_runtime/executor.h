#ifndef TENSORFLOW_CORE_COMMON_RUNTIME_EXECUTOR_H_
#define TENSORFLOW_CORE_COMMON_RUNTIME_EXECUTOR_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/core/framework/graph.pb.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

// An output of a node: "name:0".
typedef std::pair<std::string, int> TensorId;
TensorId ParseTensorName(const std::string& name);

// Runs the nodes of a graph one after the other.
class Executor {
 public:
  // Looks up the ops, fills in defaults of attrs and checks the edges.
  Status Initialize(const GraphDef& graph);

  // Runs what the fetches and targets need; what is fed is not computed.
  Status Run(const std::vector<std::pair<std::string, Tensor>>& feeds, const std::vector<std::string>& fetches,
             const std::vector<std::string>& targets, std::vector<Tensor>* outputs);

 private:
  struct Node {
    NodeDef def;
    std::vector<TensorId> inputs;      // without control inputs
    std::vector<std::string> control;  // names of nodes
    int num_outputs = 0;
    std::unique_ptr<OpKernel> kernel;
  };
  typedef std::map<TensorId, Tensor> Values;

  Status AddNode(const NodeDef& def);
  Status CheckOutput(const TensorId& output) const;
  Status Order(const std::vector<std::string>& ends, const Values& fed, std::vector<Node*>* order);
  Status RunNode(Node* node, Values* values);

  std::map<std::string, Node> nodes_;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_COMMON_RUNTIME_EXECUTOR_H_
