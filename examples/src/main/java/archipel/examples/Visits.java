package archipel.examples;

import archipel.client.Archipel;
import archipel.sessions.DocumentSessionRepository;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.springframework.session.web.http.SessionRepositoryFilter;

/** Counts a browser's visits in its session, which goes on at another web server when the first one is gone. */
public final class Visits extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        int visits = request.getSession().getAttribute("visits") instanceof Integer before ? before + 1 : 1;
        request.getSession().setAttribute("visits", visits);
        response.getWriter().print("visit " + visits);
    }

    /** @param args the nodes' addresses */
    public static void main(String[] args) throws LifecycleException {
        try (Archipel archipel = Archipel.connect(args[0])) {
            Tomcat tomcat = serve(archipel);
            System.out.println("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/");
            tomcat.getServer().await();
        }
    }

    static Tomcat serve(Archipel archipel) throws LifecycleException {
        var sessions = new DocumentSessionRepository(archipel.database("visits"), InstantSource.system());
        sessions.prepare();
        ServletContainerInitializer application = (classes, web) -> {
            var filter = web.addFilter("sessions", new SessionRepositoryFilter<>(sessions));
            filter.addMappingForUrlPatterns(null, false, "/*");
            web.addServlet("visits", new Visits()).addMapping("/");
        };
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        tomcat.setPort(0);
        tomcat.addContext("", null).addServletContainerInitializer(application, null);
        tomcat.start();
        return tomcat;
    }
}
