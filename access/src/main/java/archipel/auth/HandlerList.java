package archipel.auth;

import archipel.settings.SettingType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Ways to know clients, by their own names or as CouchDB lists its handlers. */
public record HandlerList() implements SettingType<List<AuthenticationHandler>> {
    private static final Pattern BETWEEN = Pattern.compile("[^A-Za-z_]+");
    private static final String SUFFIX = "_authentication_handler";

    @Override
    public List<AuthenticationHandler> parse(String text) {
        List<AuthenticationHandler> handlers = new ArrayList<>();
        for (String word : BETWEEN.split(text)) {
            if (!word.isEmpty() && !word.equals("chttpd_auth") && !word.equals("couch_httpd_auth")) {
                String name = word.endsWith(SUFFIX) ? word.substring(0, word.length() - SUFFIX.length()) : word;
                handlers.add(handler(name));
            }
        }
        if (handlers.isEmpty()) {
            throw SettingType.refused(this);
        }
        return List.copyOf(handlers);
    }

    private AuthenticationHandler handler(String name) {
        for (AuthenticationHandler handler : AuthenticationHandler.values()) {
            if (handler.word().equals(name)) {
                return handler;
            }
        }
        throw SettingType.refused(this);
    }

    @Override
    public String format(List<AuthenticationHandler> value) {
        return String.join(", ", value.stream().map(AuthenticationHandler::word).toList());
    }

    @Override
    public String describe() {
        return "a list of cookie, default, proxy and jwt, or of CouchDB's handlers of these names";
    }
}
