/* hayatctl: the operator's tool.  The commands are in command.c's table. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tools/hayatctl/command.h"

enum { ARGUMENTS_MAX = 64 };

int main(int argc, char **argv)
{
    const char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)puts("hayatctl " HAYAT_VERSION);
        return EXIT_FINE;
    }
    if (argc > ARGUMENTS_MAX) {
        complain("more than %d arguments", ARGUMENTS_MAX);
        return EXIT_USAGE;
    }
    for (int i = 0; i < argc; i++) {
        arguments[i] = argv[i];
    }
    if (sodium_init() < 0) {
        complain("libsodium does not start");
        return EXIT_FAILED;
    }
    return (int)command_main(argc, arguments);
}
