"""The procedure's own words, in both languages, as `domain.md` fixes them: the contract.

Written out here, and not read from the catalogue: a translation that changes fails a journey.
"""

from typing import Any, NamedTuple

LANGUAGES = ("fr", "en")


class Said(NamedTuple):
    """The same words in French and in English."""

    fr: str
    en: str


def in_language(said: str | Said, language: str, **names: Any) -> str:
    """The words in a language, with the names that stand in them."""
    text = said if isinstance(said, str) else getattr(said, language)
    return text.format(**names) if names else text


def same(words: str) -> Said:
    return Said(words, words)


# --- buttons --------------------------------------------------------------------------------------

CONTINUE = Said("Continuer", "Continue")
CORRECT = Said("Corriger", "Correct")
SUBMIT = Said("Transmettre", "Submit")
FINISH = Said("Terminer", "Finish")
REGISTER = Said("Inscrire", "Register")
ADD = Said("Ajouter", "Add")
EDIT = Said("Modifier", "Edit")
ASSIGN = Said("Assigner", "Assign")
PRINT = Said("Imprimer", "Print")
BACK = Said("Retour", "Back")
REMOVE = Said("Retirer", "Remove")
DEACTIVATION = Said("Désactivation d’une inscription", "Deactivation of a registration")
ACCESS_RIGHTS_MANAGEMENT = Said("Gestion des droits d’accès", "Access rights management")
SAVE = Said("Enregistrer", "Save")
SEND_A_CODE = Said("Envoyer un code", "Send a code")
PRESENT_PASSWORD = Said("Mot de passe actuel", "Present password")
NEW_EMAIL = Said("Nouvelle adresse de courriel", "New e-mail address")
I_HAVE_READ = Said("J’ai lu ce message", "I have read this message")
PROFILE = Said("Gestion du profil de l’utilisateur", "User profile")
MESSAGES = Said("Messages", "Messages")
ACCOUNT_HISTORY = Said("Historique du compte", "Account history")
REVOKE = Said("Révoquer", "Revoke")
RENOUNCE = Said("Renoncer", "Renounce")
NEW_END_DATE = Said("Nouvelle date de fin", "New end date")
EXTEND = Said("Prolonger", "Extend")
EXTEND_SEVERAL = Said("Prolonger plusieurs procurations", "Extend several proxies")
COPY = Said("Copier", "Copy")
VERIFY = Said("Vérifier", "Verify")
VERIFY_AN_ACKNOWLEDGMENT = Said("Vérifier un accusé de réception", "Verify an acknowledgment")
ACKNOWLEDGMENT_NUMBER = Said("Numéro de l’accusé de réception", "Number of the acknowledgment")
AUTHENTICITY_CODE = Said("Code d’authenticité", "Authenticity code")
SIGN_OUT = Said("Quitter", "Sign out")
SEND_A_NEW_CODE = Said("Envoyer un nouveau code", "Send a new code")
MAKE_A_NEW_PASSWORD = Said(
    "Créer un nouveau mot de passe temporaire", "Make a new temporary password"
)

# --- menu -----------------------------------------------------------------------------------------

HOME = Said("Accueil", "Home")
REGISTRATION = Said("Inscription aux services électroniques", "Electronic service registration")
REGISTRATION_FOR_SERVICES = Said(
    "Inscription à des services offerts par un ministère ou un organisme",
    "Registration for services offered by a department or agency",
)
USER_FILE_MANAGEMENT = Said("Gestion des dossiers des utilisateurs", "User file management")
ONE_USERS_FILE = Said("Gestion du dossier d’un utilisateur", "Management of a user’s file")
CREATE_A_FILE = Said("Création d’un dossier", "Create a file")
USER_FILES = Said("Consultation et modification d’un dossier", "View and edit a file")
REACTIVATE = Said("Réactiver", "Reactivate")
SUSPEND = Said("Suspendre", "Suspend")
RESET = Said("Réinitialiser le mot de passe", "Reset the password")
PROXY_MANAGEMENT = Said("Gestion des procurations", "Proxy management")

# --- sign-in --------------------------------------------------------------------------------------

ACCESS_MY_ACCOUNT = Said("Accéder à mon compte", "Access my account")
USER_CODE = Said("Code d’utilisateur", "User code")
PASSWORD = Said("Mot de passe", "Password")
VERIFICATION_CODE = Said("Code de vérification", "Verification code")
NEW_PASSWORD = Said("Nouveau mot de passe", "New password")
NEW_PASSWORD_AGAIN = Said("Nouveau mot de passe, encore une fois", "New password, again")
TEMPORARY_PASSWORD = Said("Mot de passe temporaire", "Temporary password")
MAILBOX = Said("Boîte de courriels de la simulation", "Simulation mailbox")

# --- step 1 ---------------------------------------------------------------------------------------

MELCCFP = same(
    "Ministère de l’Environnement, de la Lutte contre les changements climatiques, "
    "de la Faune et des Parcs"
)
AMF = same("Autorité des marchés financiers")
REVENU_QUEBEC = same("Revenu Québec")
IN_PROCESS = Said("En traitement", "In process")
ACTIVE = Said("Actif", "Active")
REFUSED = Said("Refusé", "Refused")
CONSENT = Said("Consentement", "Consent")
I_CONSENT = Said("J’y consens au nom de l’entreprise.", "I consent to it on behalf of the company.")
PLAY_THE_ANSWER = Said(
    "Simulation : jouer la réponse du ministère", "Simulation: play the ministry’s answer"
)
ACCEPT_THE_REGISTRATION = Said("Accepter l’inscription", "Accept the registration")
REFUSE_THE_REGISTRATION = Said("Refuser l’inscription", "Refuse the registration")
REASON_OF_THE_REFUSAL = Said("Motif du refus", "Reason of the refusal")

# --- step 2 ---------------------------------------------------------------------------------------

USER_INFORMATION = Said("Renseignements sur l’utilisateur", "User information")
FAMILY_NAME = Said("Nom de famille", "Family name")
FIRST_NAME = Said("Prénom", "First name")
EMAIL = Said("Adresse de courriel", "E-mail address")
TELEPHONE = Said("Téléphone", "Telephone")
EXTENSION = Said("Poste (facultatif)", "Extension (optional)")
LANGUAGE = Said("Langue de correspondance", "Language of correspondence")
FRENCH, ENGLISH = same("Français"), same("English")
USER_TYPE = Said("Type d’utilisateur", "User type")
USER = Said("Utilisateur", "User")
ESM = Said("Responsable des services électroniques", "Electronic services manager")

# --- step 3 ---------------------------------------------------------------------------------------

PROXY = Said("Procuration", "Proxy")
MANDATOR = Said("Mandant", "Mandator")
AGENT = Said("Mandataire", "Agent")
TYPE_OF_PROXY = Said("Type de procuration", "Type of proxy")
INTERNAL = Said("Interne", "Internal")
EXTERNAL = Said("Externe", "External")
AGENT_NUMBER = Said("Numéro d’identification du mandataire", "Agent’s identification number")
END_DATE = Said("Date de fin", "End date")
DESCRIPTION = same("Description")
ACCESS_RIGHTS = Said("Droits d’accès", "Access rights")
ACCESS_RIGHTS_AT = Said("Droits d’accès : {ministry}", "Access rights: {ministry}")
SERVICES_IF_RESTRICTED = Said("Services, si avec restriction", "Services, if with restriction")
WITHOUT_RESTRICTION = Said("Sans restriction", "Without restriction")
WITH_RESTRICTION = Said("Avec restriction", "With restriction")
OPERATOR_RIGHT = Said(
    "Transmettre la déclaration annuelle des émissions atmosphériques – "
    "Identification de l’exploitant",
    "Submit the annual air emissions report – Operator identification",
)
VERIFIER_RIGHT = Said(
    "Transmettre la déclaration annuelle des émissions atmosphériques – "
    "Identification du vérificateur",
    "Submit the annual air emissions report – Verifier identification",
)
PHOSPHORUS = Said("Bilan de phosphore", "Phosphorus report")
IN_FORCE = Said("En vigueur", "In force")
LAST_DAY = "2029-11-22"
LAST_DAY_IN_WORDS = Said("22 novembre 2029", "November 22, 2029")

# --- step 4 and the outcome -----------------------------------------------------------------------

DESCRIBED_IN_THE_LIST = Said(
    "IQEA – exploitant Voir la procuration", "IQEA – exploitant View the proxy"
)
PROXY_TO_ASSIGN = Said("Procuration à assigner", "Proxy to assign")
USERS = Said("Utilisateurs", "Users")
USERS_WITHOUT_A_PROXY = Said(
    "Utilisateurs à qui aucune procuration n’est assignée", "Users to whom no proxy is assigned"
)
USERS_WITH_A_PROXY = Said(
    "Utilisateurs qui détiennent déjà une procuration", "Users who already hold a proxy"
)
IQEA = Said(
    "Inventaire québécois des émissions atmosphériques (IQEA)",
    "Québec air emissions inventory (IQEA)",
)

# --- verification and acknowledgment --------------------------------------------------------------

VERIFICATION = Said("Vérification", "Verification")
CHECK_BEFORE = Said("Vérifiez avant de transmettre", "Check before you submit")
RECEIPT = Said("Accusé de réception", "Acknowledgment of receipt")
NUMBER = Said("Numéro", "Number")
DATE_AND_TIME = Said("Date et heure", "Date and time")
SUBMITTED_BY = Said("Transmis par", "Submitted by")
STEP = Said("Étape {number} de 4 : {title}", "Step {number} of 4: {title}")
ERROR = Said("Erreur :", "Error:")
