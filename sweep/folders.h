/* Folders of a sweep. */
#ifndef FG_SWEEP_FOLDERS_H
#define FG_SWEEP_FOLDERS_H

#include "core/err.h"

/* Makes the folder, and those above it, unless they are there. FG_EUSAGE with the reason if that cannot be. */
enum fg_err fg_folder_make(const char *path, struct fg_fault *fault);

/* Removes the folder with all that is in it; follows no symbolic links. What is not there is no error. FG_EIO. */
enum fg_err fg_folder_remove(const char *path, struct fg_fault *fault);

#endif
