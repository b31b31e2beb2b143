package archipel.linearizability;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A queue that is written as a reader of the papers would, with no more than has to be there. */
final class QueueModel implements Model<List<String>, String, String> {
    static final Wording<String, String> WORDING = new Wording<>() {
        @Override
        public String writeCall(String call) {
            return call;
        }

        @Override
        public String readCall(String text) {
            return text;
        }

        @Override
        public String writeResult(String result) {
            return result;
        }

        @Override
        public String readResult(String text) {
            return text;
        }
    };

    @Override
    public List<String> initial() {
        return List.of();
    }

    @Override
    public @Nullable List<String> next(List<String> queue, String call, String result) {
        if (!call.equals("deq")) {
            return result.equals("ok") ? nextUnknown(queue, call) : null;
        }
        if (queue.isEmpty()) {
            return result.equals("empty") ? queue : null;
        }
        return queue.getFirst().equals(result) ? queue.subList(1, queue.size()) : null;
    }

    @Override
    public @Nullable List<String> nextUnknown(List<String> queue, String call) {
        if (call.equals("deq")) {
            return queue.isEmpty() ? null : queue.subList(1, queue.size());
        }
        List<String> longer = new ArrayList<>(queue);
        longer.add(call.substring("enq ".length()));
        return longer;
    }
}
