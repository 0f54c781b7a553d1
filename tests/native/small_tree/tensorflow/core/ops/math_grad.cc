#include "tensorflow/core/framework/function.h"

namespace tensorflow {

Status SquareGrad(std::string* gradient_op) {
  *gradient_op = "Mul";
  return OkStatus();
}
REGISTER_OP_GRADIENT("Square", SquareGrad);

REGISTER_OP_NO_GRADIENT("Cast");

}  // namespace tensorflow
