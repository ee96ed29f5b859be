/*
 * stream: what the handlers of streaming methods are made of; the rest of what a handler sees is rpc.h.
 */
#ifndef HAYAT_SERVICE_STREAM_H
#define HAYAT_SERVICE_STREAM_H

#include "service/rpc.h"

/*
 * A client stream (ByteStream.Write).  STATE is state_size zeroed bytes in memory of its own, the same for the whole
 * stream; rpc->arena is reset between messages.  Order of calls:
 *   open (queue thread, read transaction): FIRST is the first message, which comes through message right after
 *   message (queue thread, no transaction): look at one request, copy what is needed into STATE; sets *ret_commit
 *     when commit shall run before the next message is read
 *   commit (writer thread, the writer's transaction): may run in a group commit; committed when it returns OK
 *   finish (writer thread, the writer's transaction): after half-close or when message set *ret_finish; fills RESPONSE
 *   close (queue thread, once, always): release what STATE owns outside
 *
 * A stream with take reads ahead: commits run while the next messages are read, and *ret_commit is not looked at.  So
 * STATE has two parts: what commit touches, and what message touches meanwhile; take moves from the second to the first.
 *   take (queue thread, no commit running): hands over what commit shall write next, with ALL even what would better wait for
 *     more; what the last commit wrote is on disk now.  False when there is nothing to commit
 *   has_room (queue thread, a commit may be running): whether STATE takes another message of any size.  It does when no
 *     commit runs
 * Before finish no commit runs and take was asked for ALL.  A stream that its peer, its deadline or the drain ends is asked for
 * ALL too, and that is committed before close: what arrived need not be sent again.
 */
struct client_stream {
    size_t state_size;
    uint32_t write_limit; /* writes of one commit; 0: LIMIT_WRITE_SET */
    status (*open)(struct rpc *rpc, void *state, const ProtobufCMessage *first);
    status (*message)(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                      bool *ret_commit, bool *ret_finish);
    status (*commit)(struct rpc *rpc, void *state);
    status (*finish)(struct rpc *rpc, void *state, ProtobufCMessage *response);
    void (*close)(void *state);
    bool (*take)(void *state, bool all); /* optional */
    bool (*has_room)(void *state);       /* with take */
};

enum stream_step {
    STREAM_SEND, /* RESPONSE is filled: send it, call next again when it was taken */
    STREAM_WAIT, /* nothing now: call next again after server_stream.poll_ms */
    STREAM_END,  /* the stream ends well; RESPONSE is not sent */
    STREAM_READ, /* look's alone: read fills what is to be sent, in the same read transaction; nothing is written */
};

/*
 * A server stream (ByteStream.Read).  Each next runs in a read transaction of its own (policy READ) on a queue thread;
 * none spans two messages (SEC-D7).  rpc->arena is reset between messages, STATE stays.
 * With policy WRITE, look runs first, in such a read transaction; when it says SEND, next runs in the writer's, and its audit entry is
 * appended when it says SEND too.
 */
struct server_stream {
    size_t state_size;
    uint32_t poll_ms;
    status (*open)(struct rpc *rpc, void *state, const ProtobufCMessage *request);
    status (*look)(struct rpc *rpc, void *state, enum stream_step *ret_step); /* WRITE only */
    /* Optional, beside look: more of what an earlier next of this stream gave and audited, as a document's pieces; the pipeline lets none
       through before that (SEC-A7).  Says SEND, WAIT or END. */
    status (*read)(struct rpc *rpc, void *state, ProtobufCMessage *response,
                   enum stream_step *ret_step);
    status (*next)(struct rpc *rpc, void *state, ProtobufCMessage *response,
                   enum stream_step *ret_step);
    void (*close)(void *state);
    /* Optional, for streams that many watch: true when next would surely wait again.  Asked at each poll, on the queue
       thread and without a transaction, so it must cost next to nothing.  Every LIMIT_IDLE_POLLS polls next runs anyway,
       which ends the stream of a session that ended. */
    bool (*idle)(const struct rpc *rpc, const void *state);
};

/* A bidirectional stream that answers each request with one response (reflection). */
struct bidi_stream {
    size_t state_size;
    status (*message)(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                      ProtobufCMessage *response);
    void (*close)(void *state);
};

#endif
