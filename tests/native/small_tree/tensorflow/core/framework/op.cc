#include "tensorflow/core/framework/op.h"

#include <cstdio>
#include <cstdlib>

#include "tensorflow/core/platform/errors.h"

namespace tensorflow {

OpRegistry* OpRegistry::Global() {
  static OpRegistry* registry = new OpRegistry;
  return registry;
}

void OpRegistry::Register(const OpDefBuilder& builder) {
  OpDef op_def;
  Status status = builder.Finalize(&op_def);
  const std::string name = op_def.name();
  if (status.ok() && !registry_.emplace(name, std::move(op_def)).second) {
    status = errors::AlreadyExists("Op with name ", name);
  }
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

Status OpRegistry::LookUp(const std::string& op_type_name, const OpDef** op_def) const {
  const auto found = registry_.find(op_type_name);
  if (found == registry_.end()) {
    *op_def = nullptr;
    return errors::NotFound("Op type not registered '", op_type_name,
                            "' in binary running on this host. Make sure the Op and Kernel are registered in the "
                            "binary running in this process.");
  }
  *op_def = &found->second;
  return OkStatus();
}

namespace register_op {

void OpDefBuilderWrapper::operator()() const { OpRegistry::Global()->Register(builder_); }

}  // namespace register_op
}  // namespace tensorflow
