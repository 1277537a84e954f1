libfugue_a_SOURCES +=
