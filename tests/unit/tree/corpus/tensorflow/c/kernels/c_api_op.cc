#include "tensorflow/c/kernels.h"

void RegisterOne() {
  TF_Status* status = TF_NewStatus();
  {
    auto* builder = TF_NewKernelBuilder("CorpusC", tensorflow::DEVICE_CPU, &Create, &Compute, &Delete);
    TF_KernelBuilder_TypeConstraint(builder, "T", TF_FLOAT, status);
    TF_RegisterKernelBuilder("CorpusCOp", builder, status);
  }
#if GOOGLE_CUDA
  {
    auto* builder = TF_NewKernelBuilder("CorpusC", tensorflow::DEVICE_GPU, &Create, &Compute, &Delete);
    TF_RegisterKernelBuilder("CorpusCOp", builder, status);
  }
#endif
  TF_DeleteStatus(status);
}

template <typename T>
void RegisterForType() {
  TF_Status* status = TF_NewStatus();
  auto* builder = TF_NewKernelBuilder("CorpusCTyped", tensorflow::DEVICE_CPU, &Create, &Compute<T>, &Delete);
  TF_KernelBuilder_TypeConstraint(builder, "T", static_cast<TF_DataType>(tensorflow::DataTypeToEnum<T>::v()), status);
  TF_RegisterKernelBuilder("CorpusCTyped", builder, status);
}

bool registered = []() {
  if (SHOULD_REGISTER_OP_KERNEL("CorpusCTyped")) {
    RegisterForType<int64_t>();
    RegisterForType<tensorflow::uint16>();
    RegisterForType<Eigen::half>();
  }
  if (SHOULD_REGISTER_OP_KERNEL("CorpusCOp")) RegisterOne();
  return true;
}();
