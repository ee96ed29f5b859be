#include "service/upload_quota.h"
#include "service/calendar_rules.h"

static uint32_t day_of(int64_t wall_ms)
{
    return (uint32_t)(wall_ms / MS_PER_DAY);
}

/* The day's usage; zeroes when nothing was declared. */
static status usage_of(struct rpc *rpc, uint32_t day,
                       Hayat__Store__V1__StoredUploadUsage *ret_usage)
{
    Hayat__Store__V1__StoredUploadUsage *usage;
    status found = document_store_get_usage(rpc->txn, rpc->principal->owner, day, &usage);
    hayat__store__v1__stored_upload_usage__init(ret_usage);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    ret_usage->declared_bytes = usage->declared_bytes;
    ret_usage->count = usage->count;
    return STATUS_OK;
}

static status put_usage(struct rpc *rpc, uint32_t day,
                        const Hayat__Store__V1__StoredUploadUsage *usage)
{
    return document_store_put_usage(rpc->txn, rpc->principal->owner, day, usage);
}

status upload_quota_read(struct rpc *rpc, struct upload_standing *standing)
{
    Hayat__Store__V1__StoredUploadUsage usage;
    TRY(usage_of(rpc, day_of(rpc->now_ms), &usage));
    standing->bytes_today = usage.declared_bytes;
    standing->count_today = usage.count;
    return STATUS_OK;
}

status upload_quota_declare(struct rpc *rpc, uint64_t size)
{
    Hayat__Store__V1__StoredUploadUsage usage;
    uint32_t today = day_of(rpc->now_ms);
    TRY(document_store_drop_usage(rpc->txn, rpc->principal->owner, today - 1));
    TRY(usage_of(rpc, today, &usage));
    usage.declared_bytes += size;
    usage.count++;
    return put_usage(rpc, today, &usage);
}

status upload_quota_restart(struct rpc *rpc, uint64_t size)
{
    Hayat__Store__V1__StoredUploadUsage usage;
    uint32_t today = day_of(rpc->now_ms);
    TRY(usage_of(rpc, today, &usage));
    TRY(upload_fits_the_day(usage.declared_bytes, size));
    usage.declared_bytes += size;
    return put_usage(rpc, today, &usage);
}

status upload_quota_give_back(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    Hayat__Store__V1__StoredUploadUsage usage;
    uint64_t unused = upload->size_bytes - upload->committed_bytes;
    uint32_t day = day_of(upload->create_ms);
    TRY(usage_of(rpc, day, &usage));
    if (usage.declared_bytes == 0) {
        return STATUS_OK; /* the day is forgotten */
    }
    usage.declared_bytes -= unused < usage.declared_bytes ? unused : usage.declared_bytes;
    return put_usage(rpc, day, &usage);
}
