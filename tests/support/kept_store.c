#include "tests/support/kept_store.h"

#include <stdio.h>

#include "auth/keyring.h"
#include "base/codec.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/member_store.h"
#include "storage/reference_store.h"
#include "tests/support/cm.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, STEPS_MAX = 20000 };

/* --- the store --- */

static void count_fatal(void *ctx)
{
    ((struct kept_store *)ctx)->place.fatal++;
}

void kept_store_open(struct kept_store *s)
{
    assert_ok(keyring_open(s->master, s->keyring, false, &s->keys));
    struct db_options options = temp_store_options(&s->place);
    options.keys = s->keys;
    assert_ok(db_open(&options, &s->db));
    struct writer_options writer = {.db = s->db, .on_fatal = count_fatal, .ctx = s};
    assert_ok(writer_start(&writer, &s->writer));
}

void kept_store_close(struct kept_store *s)
{
    writer_stop(s->writer);
    db_close(s->db);
    keyring_close(s->keys);
}

status kept_write(struct kept_store *s, txn_body *body, void *ctx)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    status result = writer_run(s->writer, &arena, body, ctx);
    arena_fini(&arena);
    return result;
}

status kept_look(struct kept_store *s, txn_body *body, void *ctx)
{
    struct txn *txn = NULL;
    assert_ok(txn_begin_read(s->db, &s->place.arena, &txn));
    status result = body(ctx, txn);
    txn_end_read(txn);
    return result;
}

static status put_periods(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredReferenceSet set = HAYAT__STORE__V1__STORED_REFERENCE_SET__INIT;
    Hayat__Store__V1__StoredRetentionPeriod rows[PERIOD_COUNT], *list[PERIOD_COUNT];
    char version[] = "RETENTION-1", source[] = "a test";
    set.kind = HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION;
    set.version = version;
    set.source = source;
    set.n_retention_periods = PERIOD_COUNT;
    set.retention_periods = list;
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        hayat__store__v1__stored_retention_period__init(&rows[i]);
        rows[i].period_name = (char *)(uintptr_t)retention_defaults[i].name;
        rows[i].limit = retention_defaults[i].limit;
        rows[i].unit = retention_defaults[i].unit;
        list[i] = &rows[i];
    }
    return reference_store_put(txn, &set);
}

void kept_store_start(struct kept_store *s)
{
    struct seal_keys *made;
    *s = (struct kept_store){.db = NULL};
    temp_store_prepare(&s->place);
    (void)snprintf(s->master, sizeof s->master, "%s/master", s->place.directory);
    (void)snprintf(s->keyring, sizeof s->keyring, "%s/keyring", s->place.directory);
    (void)snprintf(s->erasure, sizeof s->erasure, "%s.erasure", s->keyring);
    assert_ok(keyring_create_master(s->master, &random_system));
    assert_ok(keyring_open(s->master, s->keyring, true, &made));
    keyring_close(made);
    kept_store_open(s);
    assert_ok(kept_write(s, put_periods, NULL));
}

void kept_store_stop(struct kept_store *s)
{
    kept_store_close(s);
    temp_store_remove(&s->place);
}

/* --- documents --- */

struct owner kept_owner(uint32_t number)
{
    struct owner owner = {{0}};
    put_be32(owner.bytes + 4, number);
    return owner;
}

struct id kept_id(uint32_t number)
{
    struct id id = {{7}};
    put_be32(id.bytes + 4, number);
    return id;
}

static void fill_chunk(uint32_t number, uint32_t index, uint8_t out[CHUNK_PLAIN_BYTES])
{
    memset(out, (int)((number + index) & 0xFF), CHUNK_PLAIN_BYTES);
    put_be32(out, number);
}

static status put_chunks(struct txn *txn, struct owner owner, uint32_t number,
                         const Hayat__Store__V1__StoredDocument *row, uint32_t count)
{
    static uint8_t plain[CHUNK_PLAIN_BYTES];
    struct document_chunks chunks;
    status s = document_chunks_open(txn, owner, row, &chunks);
    for (uint32_t i = 0; i < count && ok(s); i++) {
        fill_chunk(number, i, plain);
        s = document_chunks_put(txn, &chunks, i, bytes_of(plain, sizeof plain));
    }
    document_chunks_close(&chunks);
    return s;
}

/* Whose documents nobody needs are those of somebody who is not on file. */
static status put_member(struct txn *txn, struct owner owner)
{
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    bool has;
    TRY(member_store_has(txn, owner, &has));
    return has ? STATUS_OK : member_store_put(txn, owner, &member);
}

static status put_document(void *ctx, struct txn *txn)
{
    const struct kept_document *document = ctx;
    struct owner owner = kept_owner(document->number);
    struct id id = kept_id(document->number);
    ProtobufCBinaryData id_data = {ID_BYTES, id.bytes};
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    row.document_id = id_data;
    row.life_certificate_id = id_data;
    row.item = document->item != 0 ? document->item : HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM;
    row.size_bytes = (uint64_t)document->chunks * CHUNK_PLAIN_BYTES;
    row.committed_bytes = row.size_bytes;
    row.state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_FILED;
    TRY(put_member(txn, owner));
    TRY(document_store_new_key(txn, owner, &row));
    TRY(document_store_put(txn, owner, &row));
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    certificate.life_certificate_id = id_data;
    certificate.n_document_ids = 1;
    certificate.document_ids = &id_data;
    certificate.decide_ms = document->decide_ms;
    TRY(life_certificate_store_put(txn, owner, &certificate));
    return put_chunks(txn, owner, document->number, &row, document->chunks);
}

void kept_put_document(struct kept_store *s, const struct kept_document *document)
{
    assert_ok(kept_write(s, put_document, (void *)(uintptr_t)document));
}

static status read_document(void *ctx, struct txn *txn)
{
    static uint8_t plain[CHUNK_PLAIN_BYTES];
    uint32_t number = *(const uint32_t *)ctx;
    Hayat__Store__V1__StoredDocument *row;
    struct document_chunks chunks;
    TRY(document_store_get(txn, kept_owner(number), kept_id(number), &row));
    TRY(document_chunks_open(txn, kept_owner(number), row, &chunks));
    status s = STATUS_OK;
    for (uint32_t i = 0; i < chunks.chunk_count && ok(s); i++) {
        bytes data;
        fill_chunk(number, i, plain);
        s = document_chunks_get(txn, &chunks, i, &data);
        if (ok(s) && !bytes_equal(data, bytes_of(plain, sizeof plain))) {
            s = FAIL(STORE_CORRUPT);
        }
    }
    document_chunks_close(&chunks);
    return s;
}

status kept_read(struct kept_store *s, uint32_t number)
{
    // cppcheck-suppress returnDanglingLifetime ; a status points at nothing
    return kept_look(s, read_document, &number);
}

status kept_read_copy(struct kept_store *s, const char *directory, uint32_t number)
{
    struct kept_store copy = {.keys = s->keys};
    struct db_options options = temp_store_options(&s->place);
    options.keys = s->keys;
    options.directory = directory;
    options.read_only = true;
    assert_ok(db_open(&options, &copy.db));
    arena_init(&copy.place.arena, ARENA_BYTES);
    status result = kept_read(&copy, number);
    arena_fini(&copy.place.arena);
    db_close(copy.db);
    return result;
}

/* --- retention --- */

status kept_run(struct kept_store *s)
{
    struct retention_stuck stuck = {.count = 0};
    const struct retention_work work = {.db = s->db,
                                        .writer = s->writer,
                                        .keys = s->keys,
                                        .keyring_path = s->keyring,
                                        .event = "test retention",
                                        .stuck = &stuck};
    enum retention_step step = RETENTION_MORE;
    for (uint32_t i = 0; step == RETENTION_MORE; i++) {
        assert_true(i < STEPS_MAX);
        TRY(retention_pass_step(&work, &step));
    }
    return STATUS_OK;
}
