package dev.wsgibridge.contract.containers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** A servlet of an existing application, which counts visits in the session. */
public final class Visits extends HttpServlet {

  private static final long serialVersionUID = 1L;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    HttpSession session = request.getSession();
    Object before = session.getAttribute("visits");
    session.setAttribute("visits", before instanceof Integer count ? count + 1 : 1);
    response.getWriter().print("counted");
  }
}
