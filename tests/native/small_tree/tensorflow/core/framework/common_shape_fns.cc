#include "tensorflow/core/framework/common_shape_fns.h"

namespace tensorflow {
namespace shape_inference {

Status UnknownShape(InferenceContext* context) { return OkStatus(); }
Status UnchangedShape(InferenceContext* context) { return OkStatus(); }
Status NoOutputs(InferenceContext* context) { return OkStatus(); }

}  // namespace shape_inference
}  // namespace tensorflow
