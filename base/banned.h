/*
 * banned: functions nobody calls here, made compile errors.  Included before every file by the build (-include),
 * after the system headers that declare them.
 */
#ifndef HAYAT_BASE_BANNED_H
#define HAYAT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof
#pragma GCC poison gmtime localtime ctime asctime srand tmpnam mktemp
/* OpenSSL's headers name parameters so, which poison would refuse.  An error by -Werror. */
/* NOLINTNEXTLINE(readability-redundant-declaration) */
int rand(void) __attribute__((deprecated("use base/random.h")));

#endif
