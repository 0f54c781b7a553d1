// What stands behind built_framework.h: registries that only tell what they were given.

#include "built_framework.h"

#include <cstdio>
#include <utility>
#include <vector>

namespace tensorflow {

struct KernelDef {
  std::string op;
};

static std::vector<std::string>& Lines() {
  static auto* lines = new std::vector<std::string>;
  return *lines;
}

const char* const DEVICE_CPU = "CPU";

KernelDefBuilder::KernelDefBuilder(const char* op) : kernel_def_(new KernelDef{op}) {}
KernelDefBuilder::~KernelDefBuilder() { delete kernel_def_; }
KernelDefBuilder& KernelDefBuilder::Device(const char*) { return *this; }
KernelDefBuilder& KernelDefBuilder::HostMemory(const char*) { return *this; }
KernelDefBuilder& KernelDefBuilder::TypeConstraint(const char*, int) { return *this; }
const KernelDef* KernelDefBuilder::Build() { return std::exchange(kernel_def_, nullptr); }

register_kernel::Name::Name(const char* op) : KernelDefBuilder(op) {}

void kernel_factory::OpKernelRegistrar::InitInternal(const KernelDef* kernel_def, View kernel_class,
                                                     OpKernel* (*)(OpKernelConstruction*)) {
  Lines().push_back("kernel\t" + kernel_def->op + "\t" + std::string(kernel_class));
}

OpDefBuilder::OpDefBuilder(Text name) : name(std::move(name)) {}
void OpDefBuilder::Attr(Text) {}
void OpDefBuilder::Input(Text) {}
void OpDefBuilder::Output(Text) {}

InitOnStartupMarker register_op::OpDefBuilderWrapper::operator()() {
  Lines().push_back("op\t" + builder_.name);
  return {};
}

void KnowsOp(const char* op) { std::fputs(op, stderr); }
OtherRegistry::OtherRegistry(const char* op, int (*function)()) {
  if (function() == 0) std::fputs(op, stderr);
}

}  // namespace tensorflow

extern "C" __attribute__((visibility("default"))) void print_registered() {
  for (const std::string& line : tensorflow::Lines()) std::puts(line.c_str());
  std::fflush(stdout);
}
