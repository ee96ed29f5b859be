#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

enum { BAR_CELLS = 30 };

static const char *file_name(const struct progress *progress)
{
    const char *slash = strrchr(progress->document->path, '/');
    return slash == NULL ? progress->document->path : slash + 1;
}

static void line(const struct progress *progress, const char *text, int64_t so_far)
{
    (void)fprintf(stderr, "%s%s: %s (%" PRId64 " / %" PRId64 ")\n",
                  progress->terminal ? "\r\033[K" : "", file_name(progress), text, so_far,
                  progress->document->size_bytes);
}

void progress_begin(struct progress *progress, const struct hayat *hayat,
                    const struct filing_document *document)
{
    *progress = (struct progress){
        .document = document,
        .language = hayat->language,
        .terminal = isatty(STDERR_FILENO) == 1,
        .shown_percent = -1,
    };
}

void progress_sent(struct progress *progress, int64_t offset)
{
    int percent = (int)(offset * 100 / progress->document->size_bytes);
    if (!progress->terminal || percent == progress->shown_percent) {
        return;
    }
    char bar[BAR_CELLS + 1];
    int filled = percent * BAR_CELLS / 100;
    memset(bar, '#', (size_t)filled);
    memset(bar + filled, '.', (size_t)(BAR_CELLS - filled));
    bar[BAR_CELLS] = '\0';
    (void)fprintf(stderr, "\r\033[K%s [%s] %d %%", file_name(progress), bar, percent);
    progress->shown_percent = percent;
}

void progress_interrupted(struct progress *progress)
{
    progress->interrupted = true;
}

/* What is waited for: a server that said so, or the line. */
static enum text cause_of(const struct rpc_error *error)
{
    bool said = error->reason[0] != '\0' &&
                (error->code == CODE_UNAVAILABLE || error->code == CODE_RESOURCE_EXHAUSTED);
    return said ? TEXT_SERVER_BUSY : TEXT_LINE_LOST;
}

void progress_waiting(struct hayat *hayat, int64_t wait_ms)
{
    const char *text = text_get(cause_of(&hayat->error), hayat->language);
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r\033[K%s (%" PRId64 " s)", text, (wait_ms + 999) / 1000);
    } else if (!hayat->waits) {
        (void)fprintf(stderr, "%s\n", text);
    }
    (void)fflush(stderr);
    hayat->waits = true;
}

void progress_waited(struct hayat *hayat)
{
    if (hayat->waits && isatty(STDERR_FILENO) == 1) {
        (void)fputs("\r\033[K", stderr);
    }
    hayat->waits = false;
}

void progress_resume(struct progress *progress, int64_t offset)
{
    if (!progress->terminal) {
        enum text what = progress->interrupted || offset > 0 ? TEXT_RESUMING : TEXT_SENDING;
        line(progress, text_get(what, progress->language), offset);
    }
    progress->interrupted = false;
    progress->shown_percent = -1;
    progress_sent(progress, offset);
}

void progress_close(struct progress *progress, bool complete)
{
    if (complete) {
        line(progress, text_get(TEXT_SENT, progress->language), progress->document->size_bytes);
    } else if (progress->terminal) {
        (void)fputc('\n', stderr);
    }
}
