#include "prompt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "base/array.h"

bool prompt_is_terminal(void)
{
    return isatty(STDIN_FILENO) == 1;
}

bool prompt_is_yes(const char *answer)
{
    static const char *const words[] = {"y", "yes", "o", "oui", "ن", "نعم"};
    const char *blanks = " \t\r";
    answer += strspn(answer, blanks);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);
        if (strncasecmp(answer, words[i], len) == 0 &&
            answer[len + strspn(answer + len, blanks)] == '\0') {
            return true;
        }
    }
    return false;
}

/* Byte by byte: what is read ahead into a buffer would be in memory longer than it must. */
static status read_line(char *out, size_t size)
{
    size_t len = 0;
    char c = '\0';
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
        if (len + 1 >= size) {
            return FAIL(CONFIG_INVALID);
        }
        out[len++] = c;
    }
    len -= len > 0 && out[len - 1] == '\r' ? 1 : 0;
    out[len] = '\0';
    return len > 0 ? STATUS_OK : FAIL(CONFIG_INVALID);
}

/* Ctrl-C between the two changes must not leave the terminal dumb. */
static status read_quietly(char *out, size_t size)
{
    struct termios before, quiet;
    sigset_t all, old;
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return FAIL(CONFIG_INVALID);
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ISIG);
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &old);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    status s = read_line(out, size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void)sigprocmask(SIG_SETMASK, &old, NULL);
    (void)fputc('\n', stderr);
    return s;
}

status prompt_line(const struct prompt *prompt, char *out, size_t size)
{
    if (!prompt_is_terminal()) {
        return read_line(out, size);
    }
    (void)fprintf(stderr, "%s: ", prompt->question);
    (void)fflush(stderr);
    return prompt->secret ? read_quietly(out, size) : read_line(out, size);
}
