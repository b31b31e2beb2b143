package archipel.administration;

import archipel.auth.NodeAuthenticator;
import archipel.auth.NodeAuthenticator.Login;
import archipel.auth.UserContext;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.Parameters;
import archipel.http.Request;
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

    private void show(Request request, Answer answer) throws IOException {
        UserContext user = request.user();
        if (user.isAnonymous() && request.parameters().isTrue("basic")) {
            throw new RequestException(ErrorCode.PLEASE_LOGIN);
        }
        JsonBuffer json = new JsonBuffer(256).ascii("{\"ok\":true,\"userCtx\":{\"name\":");
        json.stringOrNull(user.name());
        roles(json.ascii(",\"roles\":"), user.roles());
        roles(json.ascii("},\"info\":{\"authentication_handlers\":"), authenticator.handlers());
        if (!user.authenticatedBy().isEmpty()) {
            json.ascii(",\"authenticated\":").string(user.authenticatedBy());
        }
        json.ascii(",\"authentication_db\":").string(authenticator.usersDatabase());
        answer.json(200, json.ascii("}}"));
    }

    private void login(Request request, Answer answer) throws IOException {
        Form form = form(request);
        Login login =
                authenticator.login(form.name(), form.password(), form.token(), request.peer(), request.isSecure());
        if (login == null) {
            answer.add("Set-Cookie", authenticator.logout(request.isSecure()));
            RequestException refusal = new RequestException(ErrorCode.WRONG_CREDENTIALS);
            answer.json(redirected(request, answer, "fail", refusal.status()), refusal.json());
            return;
        }
        answer.add("Set-Cookie", login.cookie());
        JsonBuffer json = new JsonBuffer(128).ascii("{\"ok\":true,\"name\":").string(form.name());
        roles(json.ascii(",\"roles\":"), login.user().roles());
        answer.json(redirected(request, answer, "next", 200), json.ascii('}'));
    }

    private void logout(Request request, Answer answer) throws IOException {
        int code = redirected(request, answer, "next", 200);
        answer.add("Set-Cookie", authenticator.logout(request.isSecure()));
        answer.ok(code);
    }

    /** 302 with a {@code Location} where the parameter asks for it, otherwise {@code code}. */
    private static int redirected(Request request, Answer answer, String parameter, int code) {
        String target = request.parameters().get(parameter);
        if (target == null) {
            return code;
        }
        if (!target.startsWith("/")) {
            throw new RequestException(ErrorCode.REDIRECT_NOT_A_PATH);
        }
        answer.set("Location", request.origin() + target.replaceAll("\\p{Cntrl}", ""));
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

    private static Form form(Request request) throws IOException {
        String type = request.body().contentType();
        if (type != null && type.startsWith("application/x-www-form-urlencoded")) {
            byte[] body = request.body().bytes(FORM_BYTES);
            Parameters fields = request.body().form(new String(body, StandardCharsets.ISO_8859_1));
            return Form.of(fields.get("name"), fields.get("username"), fields.get("password"), fields.get("token"));
        }
        if (type != null && type.startsWith("application/json")) {
            JsonNode fields = JsonTree.object(request.body().json(request.body().bytes(FORM_BYTES)));
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
