# What TensorFlow 1.x's tensorflow/contrib/makefile/Makefile reads first, through MAKEFILES: contrib_makefile.mk sets it.
#
# OPSIEVE_CONTRIB is the folder that stands for the makefile's own, with another tf_op_files.txt; OPSIEVE_HEADER is
# ops_to_register.h; OPSIEVE_OPTFLAGS how to optimise, and the defines that the selection was made under. Both paths are
# absolute.

override MAKEFILE_DIR := $(OPSIEVE_CONTRIB)
# Known from here on: for Android and iOS the makefile would append the architecture, which OPSIEVE_CONTRIB is for.
override OBJDIR := $(OPSIEVE_CONTRIB)/obj/
override LIBDIR := $(OPSIEVE_CONTRIB)/lib/
override BINDIR := $(OPSIEVE_CONTRIB)/bin/
override DEPDIR := $(OPSIEVE_CONTRIB)/dep/
# Without the makefile's -march=native, which is for the machine that compiles.
override OPTFLAGS := $(OPSIEVE_OPTFLAGS)

# Only these register what can be selected: the runtime's objects are compiled once for any models.
opsieve_selected_objects := $(patsubst %.cc,$(OBJDIR)%.o,$(shell cat $(OPSIEVE_CONTRIB)/tf_op_files.txt))
$(opsieve_selected_objects): override CXXFLAGS += -DSELECTIVE_REGISTRATION -I$(patsubst %/,%,$(dir $(OPSIEVE_HEADER)))
$(opsieve_selected_objects): $(OPSIEVE_HEADER)

# The makefile would write this one into the source tree, every time.
$(OPSIEVE_CONTRIB)/gen/version_info.cc:
	@mkdir -p $(@D)
	bash tensorflow/tools/git/gen_git_source.sh $@
$(OBJDIR)tensorflow/core/util/version_info.o: $(OPSIEVE_CONTRIB)/gen/version_info.cc
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(INCLUDES) -c $< -o $@
