#include "tensorflow/core/framework/op_kernel.h"

#include <algorithm>
#include <map>

namespace tensorflow {
namespace {

struct Registration {
  std::unique_ptr<const KernelDef> def;
  std::string class_name;
  OpKernel* (*create)(OpKernelConstruction*);
};

typedef std::multimap<std::string, Registration> Registry;

Registry* Kernels() {
  static Registry* registry = new Registry;
  return registry;
}

bool Allows(const KernelDef::AttrConstraint& constraint, const NodeDef& node_def) {
  const auto found = node_def.attr().find(constraint.name);
  if (found == node_def.attr().end()) return false;
  const AttrValue& value = found->second;
  if (value.value_case() == AttrValue::kS) {
    const auto& allowed = constraint.allowed_text;
    return std::find(allowed.begin(), allowed.end(), value.s()) != allowed.end();
  }
  const auto& allowed = constraint.allowed;
  return std::find(allowed.begin(), allowed.end(), value.type()) != allowed.end();
}

bool Matches(const KernelDef& def, const NodeDef& node_def, StringPiece device_type) {
  std::string label;
  const auto wanted = node_def.attr().find("_kernel");
  if (wanted != node_def.attr().end()) label = wanted->second.s();
  return def.device_type == device_type && def.label == label &&
         std::all_of(def.constraint.begin(), def.constraint.end(),
                     [&](const KernelDef::AttrConstraint& constraint) { return Allows(constraint, node_def); });
}

const Registration* FindKernel(const NodeDef& node_def) {
  for (const char* device_type : {DEVICE_CPU, DEVICE_DEFAULT}) {
    const Registration* best = nullptr;
    const auto range = Kernels()->equal_range(node_def.op());
    for (auto kernel = range.first; kernel != range.second; ++kernel) {
      const Registration& candidate = kernel->second;
      const bool better = best == nullptr || candidate.def->priority > best->def->priority;
      if (better && Matches(*candidate.def, node_def, device_type)) best = &candidate;
    }
    if (best != nullptr) return best;
  }
  return nullptr;
}

}  // namespace

Status CreateOpKernel(const NodeDef& node_def, std::unique_ptr<OpKernel>* kernel) {
  const Registration* registration = FindKernel(node_def);
  if (registration == nullptr) {
    return errors::InvalidArgument("No OpKernel was registered to support Op '", node_def.op(), "' used by ",
                                   FormatNodeForError(node_def), " with these attrs: ", SummarizeAttrs(node_def),
                                   "\nRegistered devices: [CPU]\nRegistered kernels:\n",
                                   KernelsRegisteredForOp(node_def.op()));
  }
  OpKernelConstruction context(&node_def);
  kernel->reset(registration->create(&context));
  return context.status();
}

std::string KernelsRegisteredForOp(StringPiece op_name) {
  std::string text;
  const auto range = Kernels()->equal_range(std::string(op_name));
  for (auto kernel = range.first; kernel != range.second; ++kernel) {
    const KernelDef& def = *kernel->second.def;
    text += "  device='" + def.device_type + "'";
    for (const KernelDef::AttrConstraint& constraint : def.constraint) {
      text += "; " + constraint.name + " in [";
      for (DataType dtype : constraint.allowed) text += DataType_Name(dtype);
      for (const std::string& allowed : constraint.allowed_text) text += "\"" + allowed + "\"";
      text += "]";
    }
    text += "\n";
  }
  return text.empty() ? "  <no registered kernels>\n" : text;
}

namespace register_kernel {

Name::Name(const char* op) : KernelDefBuilder(op) {}

}  // namespace register_kernel

namespace kernel_factory {

OpKernelRegistrar::OpKernelRegistrar(const KernelDef* kernel_def, StringPiece kernel_class_name,
                                     OpKernel* (*create)(OpKernelConstruction*)) {
  Registration registration{std::unique_ptr<const KernelDef>(kernel_def), std::string(kernel_class_name), create};
  Kernels()->emplace(kernel_def->op, std::move(registration));
}

}  // namespace kernel_factory
}  // namespace tensorflow
