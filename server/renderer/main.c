/*
 * hayat-paper: renders one document: a serialized hayat.paper.v1.Statement on standard input, or, with the argument "receipt", a
 * hayat.paper.v1.Receipt; the document on standard output.  hayatd and hayat spawn it (server/helper/helper.h).
 *
 *     limits ──▶ fonts ──▶ system calls given up ──▶ input read ──▶ rendered ──▶ written
 *
 * Exit code 0 when the document is whole, 1 otherwise; it says nothing else.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/descriptor.h"
#include "base/limits.h"
#include "confine/confine.h"
#include "renderer/fhir.h"
#include "renderer/receipt_pdf.h"
#include "renderer/statement_fhir.h"
#include "renderer/statement_pdf.h"

static status write_piece(void *ctx, bytes piece)
{
    (void)ctx;
    return descriptor_write_all(STDOUT_FILENO, piece) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

typedef status renderer(struct paper *paper, struct arena *arena, bytes input);

static status render_receipt(struct paper *paper, struct arena *arena, bytes input)
{
    const struct paper_output output = {write_piece, NULL};
    const Hayat__Paper__V1__Receipt *receipt = hayat__paper__v1__receipt__unpack(
        &arena->allocator, input.len, input.ptr);
    return receipt == NULL ? FAIL(MALFORMED_REQUEST) : receipt_pdf(paper, receipt, &output);
}

static status render_statement(struct paper *paper, struct arena *arena, bytes input)
{
    const Hayat__Paper__V1__Statement *statement = hayat__paper__v1__statement__unpack(
        &arena->allocator, input.len, input.ptr);
    if (statement == NULL) {
        return FAIL(MALFORMED_REQUEST);
    }
    const struct paper_output output = {write_piece, NULL};
    switch (statement->rendering) {
    case HAYAT__PAPER__V1__RENDERING__RENDERING_PDF:
        return statement_pdf(paper, statement, &output);
    case HAYAT__PAPER__V1__RENDERING__RENDERING_FHIR:
        return statement_fhir(statement, &output);
    case HAYAT__PAPER__V1__RENDERING__RENDERING_UNSPECIFIED:
    case _HAYAT__PAPER__V1__RENDERING_IS_INT_SIZE:
        break;
    }
    return FAIL(MALFORMED_REQUEST);
}

static status run(struct arena *arena, renderer *render)
{
    const struct confine_limits limits = {LIMIT_HELPER_MEMORY_BYTES, LIMIT_HELPER_CPU_SECONDS};
    struct paper *paper;
    bytes input;
    TRY(confine_limits(&limits));
    TRY(paper_open(NULL, &paper));
    fhir_prepare();
    TRY(confine_calls(CONFINE_RENDERER));
    TRY(descriptor_read_all(STDIN_FILENO, arena, LIMIT_STATEMENT_INPUT_BYTES, &input));
    return render(paper, arena, input);
}

int main(int argc, char **argv)
{
    struct arena arena;
    const bool receipt = argc == 2 && strcmp(argv[1], "receipt") == 0;
    if (argc > 1 && !receipt) {
        (void)fputs("hayat-paper: spawned by hayatd and hayat to draw a document\n", stderr);
        return 2;
    }
    arena_init(&arena, LIMIT_STATEMENT_ARENA_BYTES);
    status s = run(&arena, receipt ? render_receipt : render_statement);
    /* No tidying up: the process ends, and its memory was never another's. */
    _exit(ok(s) ? 0 : 1);
}
