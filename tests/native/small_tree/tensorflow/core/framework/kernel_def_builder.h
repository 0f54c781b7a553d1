#ifndef TENSORFLOW_CORE_FRAMEWORK_KERNEL_DEF_BUILDER_H_
#define TENSORFLOW_CORE_FRAMEWORK_KERNEL_DEF_BUILDER_H_

#include <string>
#include <vector>

#include "tensorflow/core/framework/types.h"
#include "tensorflow/core/platform/macros.h"

namespace tensorflow {

// Which nodes a kernel is for.
struct KernelDef {
  struct AttrConstraint {
    std::string name;
    std::vector<DataType> allowed;          // for an attr of type "type"
    std::vector<std::string> allowed_text;  // for one of type "string"
  };
  std::string op;
  std::string device_type;
  std::vector<AttrConstraint> constraint;
  std::vector<std::string> host_memory_arg;
  std::string label;
  int priority = 0;
};

class KernelDefBuilder {
 public:
  explicit KernelDefBuilder(const char* op_name);
  ~KernelDefBuilder();

  KernelDefBuilder& Device(const char* device_type);
  template <class T>
  KernelDefBuilder& TypeConstraint(const char* attr_name) {
    return TypeConstraint(attr_name, DataTypeToEnum<T>::v());
  }
  KernelDefBuilder& TypeConstraint(const char* attr_name, DataType allowed);
  KernelDefBuilder& AttrConstraint(const char* attr_name, const char* allowed);
  KernelDefBuilder& HostMemory(const char* arg_name);
  KernelDefBuilder& Label(const char* label);
  KernelDefBuilder& Priority(int priority);

  // Hands the definition to the caller.
  const KernelDef* Build();

 private:
  KernelDef* kernel_def_;

  TF_DISALLOW_COPY_AND_ASSIGN(KernelDefBuilder);
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_KERNEL_DEF_BUILDER_H_
