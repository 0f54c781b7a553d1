#include "tensorflow/core/ops/padding.h"
namespace tensorflow {
std::string GetPaddingText() { return "padding: {'SAME', 'VALID'} = 'SAME'"; }
}  // namespace tensorflow
