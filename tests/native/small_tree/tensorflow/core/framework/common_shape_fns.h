#ifndef TENSORFLOW_CORE_FRAMEWORK_COMMON_SHAPE_FNS_H_
#define TENSORFLOW_CORE_FRAMEWORK_COMMON_SHAPE_FNS_H_

#include "tensorflow/core/platform/status.h"

namespace tensorflow {
namespace shape_inference {

class InferenceContext;

// Shapes are found by running in this tree, so that these say nothing.
Status UnknownShape(InferenceContext* context);
Status UnchangedShape(InferenceContext* context);
Status NoOutputs(InferenceContext* context);

}  // namespace shape_inference
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_COMMON_SHAPE_FNS_H_
