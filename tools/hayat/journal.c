#include "journal.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/defer.h"
#include "files.h"
#include "json_file.h"

enum { NAME_DIGEST_BYTES = 16, NAME_BYTES = 8 };

/* The paths are left out: a copied document is the same document. */
static void name_of(const struct journal *journal, const char *device_id,
                    char out[2 * NAME_BYTES + 1])
{
    uint8_t digest[NAME_DIGEST_BYTES], head[8];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, (const unsigned char *)device_id, strlen(device_id) + 1);
    put_be32(head, (uint32_t)journal->route);
    put_be32(head + 4, (uint32_t)journal->document_count);
    crypto_generichash_update(&state, head, sizeof head);
    for (size_t i = 0; i < journal->document_count; i++) {
        put_be32(head, (uint32_t)journal->documents[i].item);
        crypto_generichash_update(&state, head, 4);
        crypto_generichash_update(&state, journal->documents[i].sha256, SHA256_BYTES);
    }
    crypto_generichash_final(&state, digest, sizeof digest);
    hex_encode(bytes_of(digest, NAME_BYTES), out);
}

static status lock(struct journal *journal)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s.lock", journal->path) >= (int)sizeof path) {
        return FAIL(FILE_UNWRITABLE);
    }
    journal->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock_fd < 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    return flock(journal->lock_fd, LOCK_EX | LOCK_NB) == 0 ? STATUS_OK : FAIL(ALREADY_RUNNING);
}

static bool read_document(const json_t *json, struct filing_document *document)
{
    uint8_t sha256[SHA256_BYTES];
    if (!json_copy_hex(json, "sha256", sha256, sizeof sha256) ||
        memcmp(sha256, document->sha256, sizeof sha256) != 0 ||
        !json_copy_text(json, "request_id", document->request_id, sizeof document->request_id) ||
        !json_copy_text(json, "upload_id", document->upload_id, sizeof document->upload_id)) {
        return false;
    }
    (void)json_copy_text(json, "challenge_id", document->challenge_id,
                         sizeof document->challenge_id); /* not there in journals of before */
    document->complete = json_is_true(json_object_get(json, "complete"));
    return document->request_id[0] != '\0';
}

static bool read_journal(const json_t *json, struct journal *journal)
{
    const json_t *documents = json_object_get(json, "documents");
    if (json_array_size(documents) != journal->document_count ||
        !json_copy_text(json, "create_request_id", journal->create_request_id, UUID_TEXT_BYTES) ||
        !json_copy_text(json, "submit_request_id", journal->submit_request_id, UUID_TEXT_BYTES) ||
        !json_copy_text(json, "certificate_id", journal->certificate_id, ID_TEXT_MAX)) {
        return false;
    }
    for (size_t i = 0; i < journal->document_count; i++) {
        if (!read_document(json_array_get(documents, i), &journal->documents[i])) {
            return false;
        }
    }
    return true;
}

static status load(struct journal *journal)
{
    DEFER(defer_free) char *text = NULL;
    TRY(file_read_private(journal->path, &text));
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    return read_journal(json, journal) ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

status journal_open(struct journal *journal, const char *directory, const char *device_id,
                    struct random_source *random)
{
    char digest[2 * NAME_BYTES + 1], name[64];
    name_of(journal, device_id, digest);
    (void)snprintf(name, sizeof name, "filing-%s.json", digest);
    journal->lock_fd = -1;
    TRY(path_join(directory, name, journal->path));
    TRY(lock(journal));
    status s = load(journal);
    journal->resumed = ok(s);
    /* A journal that cannot be read is one whose progress is lost: the filing starts again. */
    return s.why == REASON_FILE_UNREADABLE ? journal_restart(journal, random) : s;
}

status journal_save(const struct journal *journal)
{
    json_t *documents = json_array();
    for (size_t i = 0; i < journal->document_count; i++) {
        const struct filing_document *document = &journal->documents[i];
        char sha256[2 * SHA256_BYTES + 1];
        hex_encode(bytes_of(document->sha256, SHA256_BYTES), sha256);
        json_array_append_new(documents,
                              json_pack("{s:s, s:s, s:s, s:s, s:b}", "sha256", sha256, "request_id",
                                        document->request_id, "challenge_id",
                                        document->challenge_id, "upload_id", document->upload_id,
                                        "complete", (int)document->complete));
    }
    return json_replace_file(journal->path,
                             json_pack("{s:s, s:s, s:s, s:o}", "create_request_id",
                                       journal->create_request_id, "submit_request_id",
                                       journal->submit_request_id, "certificate_id",
                                       journal->certificate_id, "documents", documents));
}

static void renew_document(struct filing_document *document, struct random_source *random)
{
    uuid_new(random, document->request_id);
    document->upload_id[0] = '\0';
    document->challenge_id[0] = '\0';
    document->complete = false;
}

status journal_restart(struct journal *journal, struct random_source *random)
{
    uuid_new(random, journal->create_request_id);
    uuid_new(random, journal->submit_request_id);
    journal->certificate_id[0] = '\0';
    for (size_t i = 0; i < journal->document_count; i++) {
        renew_document(&journal->documents[i], random);
    }
    return journal_save(journal);
}

status journal_restart_document(struct journal *journal, struct filing_document *document,
                                struct random_source *random)
{
    renew_document(document, random);
    return journal_save(journal);
}

status journal_finish(struct journal *journal)
{
    char lock_path[PATH_MAX + 8];
    (void)snprintf(lock_path, sizeof lock_path, "%s.lock", journal->path);
    TRY(file_remove(journal->path));
    return file_remove(lock_path);
}

void journal_close(struct journal *journal)
{
    if (journal->lock_fd >= 0) {
        (void)close(journal->lock_fd);
        journal->lock_fd = -1;
    }
}
