#!/bin/sh
echo 'There is no coverage here: @remote_coverage_tools is a stand-in of the tests of opsieve.' >&2
exit 1
