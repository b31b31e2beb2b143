package archipel.locks;

import archipel.blocks.BlockJson;
import archipel.command.LockAnswer;
import archipel.document.JsonBuffer;
import archipel.lock.Lock;
import org.jspecify.annotations.Nullable;

/** Locks as clients see them. */
final class LockJson {
    private LockJson() {}

    /** Who holds a lock, as the answer to a request for it. */
    static JsonBuffer grant(String name, LockAnswer lock) {
        JsonBuffer json = new JsonBuffer(256).ascii('{');
        return members(json, name, lock.owner(), lock.token(), lock.ttlMs(), lock.expiresMs())
                .ascii('}');
    }

    private static JsonBuffer members(
            JsonBuffer json, String name, String owner, long token, long ttlMs, long expiresMs) {
        json.ascii("\"name\":").string(name).ascii(",\"owner\":").string(owner);
        json.ascii(",\"token\":").number(token).ascii(",\"ttl\":").number(ttlMs);
        return json.ascii(",\"expires\":\"").ascii(BlockJson.time(expiresMs)).ascii('"');
    }

    /** The members that say who holds a lock. */
    static JsonBuffer holder(JsonBuffer json, Lock lock) {
        Lock.Holder holder = lock.holder();
        members(json, lock.name(), holder.owner(), holder.token(), holder.ttlMs(), holder.expiresMs());
        return json.ascii(",\"user\":")
                .string(holder.user())
                .ascii(",\"renewals\":")
                .number(holder.renewals());
    }

    /** @param lock null where nobody holds it */
    static JsonBuffer state(JsonBuffer json, String name, @Nullable Lock lock) {
        if (lock == null) {
            json.ascii("{\"name\":").string(name);
            return json.ascii(",\"held\":false,\"queue\":[]}");
        }
        holder(json.ascii('{'), lock).ascii(",\"held\":true,\"queue\":[");
        String separator = "";
        for (Lock.Waiter waiter : lock.queue()) {
            json.ascii(separator).ascii("{\"owner\":").string(waiter.owner());
            json.ascii(",\"user\":").string(waiter.user()).ascii('}');
            separator = ",";
        }
        return json.ascii("]}");
    }
}
