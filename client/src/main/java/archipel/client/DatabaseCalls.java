package archipel.client;

import archipel.calls.Call;
import archipel.calls.Permit;
import archipel.calls.Refusals;
import archipel.calls.Reply;
import archipel.calls.StreamedReply;
import archipel.calls.Transport;
import archipel.leases.HeldLock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one database: their path, the newest block that was seen, and the locks under which is written.
 *
 * @param locks whose tokens writes carry
 */
record DatabaseCalls(String name, Transport transport, Json json, SeenBlocks seen, List<HeldLock> locks) {
    private static final String BLOCK = "Archipel-Block";
    private static final String FENCE = "Archipel-Fence";
    private static final long MOST_WAIT_MS = 2_000;

    DatabaseCalls {
        locks = List.copyOf(locks);
    }

    /** The path of the database, or of what is in it. */
    String path(String... segments) {
        StringBuilder path = new StringBuilder("/").append(Call.encode(name));
        for (String segment : segments) {
            path.append('/').append(segment);
        }
        return path.toString();
    }

    /** Ids of design documents and of local ones have a slash that is a part of the path. */
    static String id(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a document's id is not empty");
        }
        for (String prefix : List.of("_design/", "_local/")) {
            if (id.startsWith(prefix)) {
                return prefix + Call.encode(id.substring(prefix.length()));
            }
        }
        return Call.encode(id);
    }

    /** @throws archipel.failures.ArchipelException for every refusal */
    Reply read(Call call, Pin pin) {
        Reply reply = transport.send(pinned(call, pin));
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        note(reply, pin);
        return reply;
    }

    /** As {@link #read}, for what is long. */
    StreamedReply open(Call call, Pin pin) {
        StreamedReply reply = transport.open(pinned(call, pin));
        if (!(pin instanceof Pin.Exactly)) {
            note(reply.header(BLOCK));
        }
        return reply;
    }

    /** A node that has not come that far waits for a while, and not for as long as it may take to answer. */
    private Call pinned(Call call, Pin pin) {
        Block newest = seen.newest(name);
        Call pinned = pin.in(call, newest);
        if (newest == null && pin instanceof Pin.Newest) {
            return pinned;
        }
        long waitMs = Math.min(MOST_WAIT_MS, transport.options().attempt().toMillis() / 2);
        return pinned.with("wait", Long.toString(waitMs));
    }

    private void note(Reply reply, Pin pin) {
        // Who looks at an old state has not seen less of the newer ones.
        if (!(pin instanceof Pin.Exactly)) {
            note(reply.header(BLOCK));
        }
    }

    private void note(String block) {
        if (!block.isEmpty()) {
            seen.saw(name, Block.parse(block));
        }
    }

    /**
     * Sends a write with the tokens of the locks, as long as they are held; the answer may be a refusal.
     *
     * @throws archipel.failures.LockLostException where one of the locks is lost, and nothing was written
     * @throws archipel.failures.OutcomeUnknownException where one was lost after a first attempt
     */
    Reply write(Call call) {
        Call fenced = held(call);
        for (HeldLock lock : locks) {
            fenced = fenced.header(FENCE, lock.fence());
        }
        Reply reply = transport.send(fenced);
        if (reply.isSuccess()) {
            note(reply.header(BLOCK));
        }
        return reply;
    }

    /** For what nodes take no tokens with: sent only while the locks are held. */
    Call held(Call call) {
        return locks.isEmpty() ? call : call.under(new Permits(locks));
    }

    /** Several locks, each of which has to be held. */
    private record Permits(List<HeldLock> locks) implements Permit {
        @Override
        public void require() {
            locks.forEach(HeldLock::require);
        }

        @Override
        public long leftNanos() {
            return locks.stream().mapToLong(HeldLock::leftNanos).min().orElse(Long.MAX_VALUE);
        }
    }

    /** The block that an answer names. */
    static Block block(Reply reply) {
        String block = reply.header(BLOCK);
        return block.isEmpty() ? Block.number(0) : Block.parse(block);
    }

    /** The newest block that the client has seen of the database; null for none. */
    @Nullable
    Block newest() {
        return seen.newest(name);
    }

    void saw(Block block) {
        seen.saw(name, block);
    }
}
