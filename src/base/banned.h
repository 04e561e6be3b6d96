/* banned: functions that nobody here calls, because each of them writes without knowing how much room there is, keeps hidden
 * state, or depends on the locale. A use is a compile error. Included last by the build (-include), so system headers come first. */
#ifndef BV_BANNED_H
#define BV_BANNED_H

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __GNUC__
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok strtok_r
#pragma GCC poison gmtime localtime ctime asctime tmpnam mktemp atoi atol atof
#endif

#endif
