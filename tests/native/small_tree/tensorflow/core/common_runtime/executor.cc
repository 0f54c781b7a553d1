#include "tensorflow/core/common_runtime/executor.h"

#include <cstdlib>

#include "tensorflow/core/framework/function.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

// Runs _Arg or _Retval, which bring tensors into a graph and out of it.
Status RunTransfer(const char* op, DataType dtype, OpKernelContext::Params* params) {
  NodeDef def;
  def.set_name(op);
  def.set_op(op);
  (*def.mutable_attr())["T"].set_type(dtype);
  (*def.mutable_attr())["index"].set_i(0);
  std::unique_ptr<OpKernel> kernel;
  TF_RETURN_IF_ERROR(CreateOpKernel(def, &kernel));
  OpKernelContext context(params);
  kernel->Compute(&context);
  return context.status();
}

Status Feed(const Tensor& tensor, Tensor* inside) {
  const std::vector<Tensor> args{tensor};
  OpKernelContext::Params params;
  params.args = &args;
  params.outputs.resize(1);
  TF_RETURN_IF_ERROR(RunTransfer(FunctionLibraryDefinition::kArgOp, tensor.dtype(), &params));
  *inside = params.outputs[0];
  return OkStatus();
}

Status Fetch(const Tensor& tensor, Tensor* outside) {
  std::vector<Tensor> retvals(1);
  OpKernelContext::Params params;
  params.inputs.push_back(tensor);
  params.retvals = &retvals;
  TF_RETURN_IF_ERROR(RunTransfer(FunctionLibraryDefinition::kRetOp, tensor.dtype(), &params));
  *outside = retvals[0];
  return OkStatus();
}

}  // namespace

TensorId ParseTensorName(const std::string& name) {
  const size_t colon = name.rfind(':');
  if (colon == std::string::npos) return {name, 0};
  char* end;
  const long index = std::strtol(name.c_str() + colon + 1, &end, 10);
  const bool valid = *end == '\0' && end != name.c_str() + colon + 1 && index >= 0 && index < (1 << 16);
  return valid ? TensorId(name.substr(0, colon), static_cast<int>(index)) : TensorId(name, 0);
}

Status Executor::Initialize(const GraphDef& graph) {
  for (const NodeDef& def : graph.node()) TF_RETURN_IF_ERROR(AddNode(def));
  for (const auto& [name, node] : nodes_) {
    for (const TensorId& input : node.inputs) {
      if (!CheckOutput(input).ok()) {
        return errors::InvalidArgument("Node '", name, "': Unknown input node '", input.first, ":", input.second, "'");
      }
    }
    for (const std::string& input : node.control) {
      if (nodes_.count(input) == 0)
        return errors::InvalidArgument("Node '", name, "': Unknown input node '^", input, "'");
    }
  }
  return OkStatus();
}

Status Executor::AddNode(const NodeDef& def) {
  const OpDef* op_def;
  TF_RETURN_IF_ERROR(OpRegistry::Global()->LookUp(def.op(), &op_def));
  if (nodes_.count(def.name()) != 0) return errors::InvalidArgument("Node '", def.name(), "' is not unique");
  Node& node = nodes_[def.name()];
  node.def = def;
  AddDefaultsToNodeDef(*op_def, &node.def);
  for (const std::string& input : def.input()) {
    if (!input.empty() && input[0] == '^') {
      node.control.push_back(input.substr(1));
    } else {
      node.inputs.push_back(ParseTensorName(input));
    }
  }
  return NumOutputs(*op_def, node.def, &node.num_outputs);
}

Status Executor::CheckOutput(const TensorId& output) const {
  const auto found = nodes_.find(output.first);
  if (found == nodes_.end() || output.second >= found->second.num_outputs) {
    return errors::NotFound("Tensor ", output.first, ":", output.second,
                            ", specified in either feed_devices or fetch_devices was not found in the Graph");
  }
  return OkStatus();
}

Status Executor::Order(const std::vector<std::string>& ends, const Values& fed, std::vector<Node*>* order) {
  // Depth first, with a stack of its own: a node stands in the order after all that it needs.
  enum State { kNew, kOpen, kDone };
  std::map<std::string, State> states;
  std::vector<std::string> stack(ends);
  while (!stack.empty()) {
    const std::string name = stack.back();
    State& state = states[name];
    if (state != kNew) {
      if (state == kOpen) order->push_back(&nodes_[name]);
      state = kDone;
      stack.pop_back();
      continue;
    }
    state = kOpen;
    const Node& node = nodes_[name];
    std::vector<std::string> needed(node.control);
    for (const TensorId& input : node.inputs) {
      if (fed.count(input) == 0) needed.push_back(input.first);
    }
    for (const std::string& input : needed) {
      const State known = states[input];
      if (known == kOpen) return errors::InvalidArgument("The graph has a cycle at node '", input, "'");
      if (known == kNew) stack.push_back(input);
    }
  }
  return OkStatus();
}

Status Executor::RunNode(Node* node, Values* values) {
  if (node->kernel == nullptr) TF_RETURN_IF_ERROR(CreateOpKernel(node->def, &node->kernel));
  OpKernelContext::Params params;
  for (const TensorId& input : node->inputs) params.inputs.push_back((*values)[input]);
  params.outputs.resize(node->num_outputs);
  OpKernelContext context(&params);
  node->kernel->Compute(&context);
  if (!context.status().ok()) {
    return Status(context.status().code(),
                  context.status().message() + "\n\t [[" + FormatNodeForError(node->def) + "]]");
  }
  for (int i = 0; i < node->num_outputs; ++i) {
    // What was fed stays.
    values->emplace(TensorId(node->def.name(), i), params.outputs[i]);
  }
  return OkStatus();
}

Status Executor::Run(const std::vector<std::pair<std::string, Tensor>>& feeds, const std::vector<std::string>& fetches,
                     const std::vector<std::string>& targets, std::vector<Tensor>* outputs) {
  Values values;
  for (const auto& feed : feeds) {
    const TensorId id = ParseTensorName(feed.first);
    TF_RETURN_IF_ERROR(CheckOutput(id));
    TF_RETURN_IF_ERROR(Feed(feed.second, &values[id]));
  }
  std::vector<std::string> ends;
  for (const std::string& fetch : fetches) {
    const TensorId id = ParseTensorName(fetch);
    TF_RETURN_IF_ERROR(CheckOutput(id));
    if (values.count(id) == 0) ends.push_back(id.first);
  }
  for (const std::string& target : targets) {
    const std::string name = ParseTensorName(target).first;
    if (nodes_.count(name) == 0) return errors::NotFound("FetchOutputs node ", name, ": not found");
    ends.push_back(name);
  }
  std::vector<Node*> order;
  TF_RETURN_IF_ERROR(Order(ends, values, &order));
  for (Node* node : order) TF_RETURN_IF_ERROR(RunNode(node, &values));
  for (const std::string& fetch : fetches) {
    outputs->emplace_back();
    TF_RETURN_IF_ERROR(Fetch(values[ParseTensorName(fetch)], &outputs->back()));
  }
  return OkStatus();
}

}  // namespace tensorflow
