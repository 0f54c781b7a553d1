# For a Makefile that compiles TensorFlow: generates ops_to_register.h, and names what to compile.
#
#   OPSIEVE_MODELS     := app/model.pb              the models that the app ships
#   OPSIEVE_TENSORFLOW := ../tensorflow             source tree, or an index made by `opsieve index`
#   OPSIEVE_OUTPUT     := build/opsieve             [build/opsieve] where the generated files go
#   OPSIEVE_FLAGS      := --preset mobile           [none] more for `opsieve generate`
#   include opsieve.mk
#
# Then, made again when a model changes: $(OPSIEVE_OUTPUT)/ops_to_register.h, on which every object that includes
# TensorFlow's registration has to depend; OPSIEVE_SOURCES, OPSIEVE_KERNEL_SOURCES, OPSIEVE_OP_SOURCES and OPSIEVE_OPS of
# $(OPSIEVE_OUTPUT)/selected.mk; and OPSIEVE_CPPFLAGS for the compiler. A model that is a folder is followed by its files.

OPSIEVE ?= opsieve
OPSIEVE_OUTPUT ?= build/opsieve

ifeq "$(strip $(OPSIEVE_MODELS))" ""
$(error OPSIEVE_MODELS names no model)
endif

OPSIEVE_CPPFLAGS = -DSELECTIVE_REGISTRATION -I$(OPSIEVE_OUTPUT) $(OPSIEVE_DEFINES)

opsieve_generated := $(addprefix $(OPSIEVE_OUTPUT)/,ops_to_register.h selected.mk selection.json tf_op_files.txt)
opsieve_inputs := $(OPSIEVE_MODELS) $(wildcard $(addsuffix /saved_model.pb*,$(OPSIEVE_MODELS)) $(OPSIEVE_TENSORFLOW))

# opsieve leaves files as they are that would not change, so that a stamp has to say when it last ran.
$(OPSIEVE_OUTPUT)/generated: $(opsieve_inputs)
	$(OPSIEVE) generate $(OPSIEVE_MODELS) $(addprefix --tensorflow ,$(OPSIEVE_TENSORFLOW)) $(OPSIEVE_FLAGS) \
	  -o $(OPSIEVE_OUTPUT)
	@touch $@

$(opsieve_generated): $(OPSIEVE_OUTPUT)/generated ;

include $(OPSIEVE_OUTPUT)/selected.mk
