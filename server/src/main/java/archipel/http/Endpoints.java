package archipel.http;

/** All endpoint families of a node: the one list of what answers where. */
public final class Endpoints {
    private Endpoints() {}

    public static Router router(HttpServices services, Administration administration) {
        Router router = new Router();
        new WelcomeHandler(services, administration.settings()).register(router);
        new UuidsHandler(administration).register(router);
        new SessionHandler(administration.authenticator()).register(router);
        new DatabaseListHandler(services, administration.settings()).register(router);
        new MembershipHandler(services, administration.settings()).register(router);
        new NodeHandler(services, administration).register(router);
        return router;
    }
}
