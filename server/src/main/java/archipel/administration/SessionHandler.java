package archipel.administration;

import archipel.auth.NodeAuthenticator;
import archipel.auth.NodeAuthenticator.Login;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.Parameters;
import archipel.http.Router;
import archipel.http.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** {@code /_session}: who am I, log in, log out. */
final class SessionHandler {
    private static final int FORM_BYTES = 64 << 10;

    private final NodeAuthenticator authenticator;

    SessionHandler(NodeAuthenticator authenticator) {
        this.authenticator = authenticator;
    }

    void register(Router router) {
        // Whoever logs in or out may have an old cookie that means nothing any more; that must not stop them.
        router.server("_session", Access.ANYONE, "GET,HEAD,POST,DELETE")
                .forms()
                .get(this::show)
                .on(Verb.POST, Access.OPEN, this::login)
                .on(Verb.DELETE, Access.OPEN, this::logout);
    }

    private void show(Exchange exchange) throws IOException {
        UserContext user = exchange.user();
        if (user.isAnonymous() && exchange.parameters().isTrue("basic")) {
            throw new RequestException(ErrorCode.PLEASE_LOGIN);
        }
        JsonBuffer json = new JsonBuffer(256).ascii("{\"ok\":true,\"userCtx\":{\"name\":");
        if (user.name() == null) {
            json.ascii("null");
        } else {
            json.string(user.name());
        }
        roles(json.ascii(",\"roles\":"), user.roles());
        roles(json.ascii("},\"info\":{\"authentication_handlers\":"), authenticator.handlers());
        if (!user.authenticatedBy().isEmpty()) {
            json.ascii(",\"authenticated\":").string(user.authenticatedBy());
        }
        json.ascii(",\"authentication_db\":").string(authenticator.usersDatabase());
        exchange.json(200, json.ascii("}}"));
    }

    private void login(Exchange exchange) throws IOException {
        Form form = form(exchange);
        Login login =
                authenticator.login(form.name(), form.password(), form.token(), exchange.peer(), exchange.isSecure());
        if (login == null) {
            exchange.add("Set-Cookie", authenticator.logout(exchange.isSecure()));
            RequestException refusal = new RequestException(ErrorCode.WRONG_CREDENTIALS);
            exchange.json(redirected(exchange, "fail", refusal.status()), refusal.json());
            return;
        }
        exchange.add("Set-Cookie", login.cookie());
        JsonBuffer json = new JsonBuffer(128).ascii("{\"ok\":true,\"name\":").string(form.name());
        roles(json.ascii(",\"roles\":"), login.user().roles());
        exchange.json(redirected(exchange, "next", 200), json.ascii('}'));
    }

    private void logout(Exchange exchange) throws IOException {
        int code = redirected(exchange, "next", 200);
        exchange.add("Set-Cookie", authenticator.logout(exchange.isSecure()));
        exchange.ok(code);
    }

    /** 302 with a {@code Location} where the parameter asks for it, otherwise {@code code}. */
    private static int redirected(Exchange exchange, String parameter, int code) {
        String target = exchange.parameters().get(parameter);
        if (target == null) {
            return code;
        }
        if (!target.startsWith("/")) {
            throw new RequestException(ErrorCode.REDIRECT_NOT_A_PATH);
        }
        exchange.set("Location", exchange.origin() + target.replaceAll("\\p{Cntrl}", ""));
        return 302;
    }

    private static void roles(JsonBuffer json, List<String> roles) {
        json.ascii('[');
        String separator = "";
        for (String role : roles) {
            json.ascii(separator).string(role);
            separator = ",";
        }
        json.ascii(']');
    }

    private static Form form(Exchange exchange) throws IOException {
        String type = exchange.body().contentType();
        if (type != null && type.startsWith("application/x-www-form-urlencoded")) {
            byte[] body = exchange.body().bytes(FORM_BYTES);
            Parameters fields = exchange.body().form(new String(body, StandardCharsets.ISO_8859_1));
            return Form.of(fields.get("name"), fields.get("username"), fields.get("password"), fields.get("token"));
        }
        if (type != null && type.startsWith("application/json")) {
            JsonNode fields =
                    JsonTree.object(exchange.body().json(exchange.body().bytes(FORM_BYTES)));
            return Form.of(
                    text(fields, "name"), text(fields, "username"), text(fields, "password"), text(fields, "token"));
        }
        throw new RequestException(ErrorCode.NOT_A_LOGIN_TYPE);
    }

    private static @Nullable String text(JsonNode fields, String name) {
        JsonNode field = fields.get(name);
        return field == null || !field.isString() ? null : field.asString();
    }

    /** What a login form says; does not show its password. */
    private record Form(String name, String password, String token) {
        static Form of(
                @Nullable String name, @Nullable String username, @Nullable String password, @Nullable String token) {
            String chosen = name == null ? username : name;
            if (chosen == null) {
                throw new RequestException(ErrorCode.NO_USER_NAME);
            }
            if (username != null && !username.equals(chosen)) {
                throw new RequestException(ErrorCode.TWO_USER_NAMES);
            }
            return new Form(chosen, password == null ? "" : password, token == null ? "" : token);
        }

        @Override
        public String toString() {
            return "Form[" + name + "]";
        }
    }
}
