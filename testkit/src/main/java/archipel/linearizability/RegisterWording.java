package archipel.linearizability;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Calls and results of registers as their own text has them. */
public final class RegisterWording implements Wording<RegisterCall, RegisterResult> {
    @Override
    public String writeCall(RegisterCall call) {
        return call.toString();
    }

    @Override
    public RegisterCall readCall(String text) {
        if (text.startsWith("read ")) {
            return new RegisterCall.Read(Words.split(text.substring("read ".length())));
        }
        if (text.startsWith("write ")) {
            return new RegisterCall.Write(pairs(text.substring("write ".length())));
        }
        throw new IllegalArgumentException("no call on registers: " + text);
    }

    @Override
    public String writeResult(RegisterResult result) {
        return result.toString();
    }

    @Override
    public RegisterResult readResult(String text) {
        if (text.equals("written")) {
            return new RegisterResult.Written();
        }
        if (text.equals("nothing")) {
            return new RegisterResult.Values(new TreeMap<>());
        }
        if (text.startsWith("values ")) {
            return new RegisterResult.Values(pairs(text.substring("values ".length())));
        }
        throw new IllegalArgumentException("no result of registers: " + text);
    }

    private static SortedMap<String, String> pairs(String text) {
        SortedMap<String, String> pairs = new TreeMap<>();
        for (String pair : List.of(text.split(" ", -1))) {
            int equals = pair.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("no key and value: " + pair);
            }
            pairs.put(Words.decode(pair.substring(0, equals)), Words.decode(pair.substring(equals + 1)));
        }
        return pairs;
    }
}
