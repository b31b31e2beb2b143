package archipel.http;

import archipel.command.Fence;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.lock.Locks;
import archipel.mime.PercentCoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * {@code Archipel-Fence: name=token}: what a request writes is refused by a database that has seen a greater token of
 * the lock. Several are separated by commas; names are percent-encoded where they have characters of their own.
 */
final class FenceHeader {
    static final String NAME = "Archipel-Fence";

    private static final int MOST = 16;

    /** What changes another database, what lies beside the documents, or what is remembered of tokens. */
    private static final Set<String> UNCHECKED =
            Set.of("_fork", "_compact", "_view_cleanup", "_sync_shards", "_verify", "_fences");

    private FenceHeader() {}

    /**
     * In which the request's handler is to run.
     *
     * @throws RequestException 400 for a header that is malformed, has nothing to fence, or shows what was never given
     */
    static ScopedValue.Carrier scope(Request request, Supplier<Locks> locks) {
        String header = request.joinedHeader(NAME);
        List<Fence> fences = header == null ? List.of() : parse(header);
        if (!fences.isEmpty() && !isRead(request)) {
            if (!writesDocuments(request)) {
                throw new RequestException(ErrorCode.FENCE_NOT_HERE);
            }
            locks.get().requireGiven(fences);
        }
        return Fence.with(fences);
    }

    private static boolean isRead(Request request) {
        return switch (request.verb()) {
            case GET, HEAD, OPTIONS -> true;
            default -> false;
        };
    }

    // A database that is made or dropped has seen no token, or forgets all of them.
    private static boolean writesDocuments(Request request) {
        RequestPath path = request.path();
        return request instanceof DatabaseRequest
                && (path.size() > 1 ? !UNCHECKED.contains(path.segment(1)) : request.verb() == Verb.POST);
    }

    /** In ascending order of their names. @throws RequestException 400 where it is no list of names and tokens */
    static List<Fence> parse(String header) {
        TreeMap<String, Fence> fences = new TreeMap<>();
        for (String part : header.split(",", -1)) {
            Fence fence = fence(part.strip());
            if (fences.put(fence.name(), fence) != null || fences.size() > MOST) {
                throw malformed();
            }
        }
        return new ArrayList<>(fences.values());
    }

    private static Fence fence(String text) {
        int equals = text.lastIndexOf('=');
        String digits = text.substring(equals + 1);
        if (equals < 1
                || digits.isEmpty()
                || digits.length() > 18
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw malformed();
        }
        long token = Long.parseLong(digits);
        try {
            String name = PercentCoding.decode(text, 0, equals, false);
            if (token > 0 && name.length() <= 4_096) {
                return new Fence(name, token);
            }
        } catch (PercentCoding.MalformedException e) {
            // Refused below, like what has no token.
        }
        throw malformed();
    }

    private static RequestException malformed() {
        return new RequestException(ErrorCode.FENCE_HEADER, MOST);
    }
}
