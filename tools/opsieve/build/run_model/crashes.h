// A message and an exit status for what TensorFlow ends the program over.

#ifndef OPSIEVE_RUN_MODEL_CRASHES_H_
#define OPSIEVE_RUN_MODEL_CRASHES_H_

namespace run_model {

// From here on a failed CHECK, an invalid memory access or an overflow of the stack of this thread says that the
// model is damaged or asks for too much, and ends the program with status 1.
void ReportCrashes();

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_CRASHES_H_
