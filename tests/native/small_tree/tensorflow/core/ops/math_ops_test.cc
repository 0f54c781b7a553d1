// No part of any library.
#include "tensorflow/core/framework/op.h"

namespace tensorflow {

REGISTER_OP("OnlyInATest").Output("output: float");

}  // namespace tensorflow
