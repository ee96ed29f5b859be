/* array: the length of a C array, refused at compile time for a pointer (gcc and clang). */
#ifndef HAYAT_BASE_ARRAY_H
#define HAYAT_BASE_ARRAY_H

#define ARRAY_LEN(a)                                                                               \
    (sizeof(a) / sizeof((a)[0]) +                                                                  \
     0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0]))]))

#endif
