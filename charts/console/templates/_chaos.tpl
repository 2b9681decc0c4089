{{/* What the console may do in a namespace for development: see its pods, and delete them. Nothing without `chaos.enabled`. */}}
{{- define "console.chaos" -}}
{{- $labels := include "naru.labels" (dict "root" . "name" "console") -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: console-chaos
  labels: {{- $labels | nindent 4 }}
rules:
  - apiGroups: ['']
    resources: [pods]
    verbs: [get, list, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: console-chaos
  labels: {{- $labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: console-chaos
subjects:
  - kind: ServiceAccount
    name: console
    namespace: {{ .Release.Namespace }}
---
# The Kubernetes API is no pod that a selector could name.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: console-chaos
  labels: {{- $labels | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: console
      app.kubernetes.io/component: api
  policyTypes: [Egress]
  egress:
    - to: {{- toYaml .Values.chaos.apiPeers | nindent 8 }}
      ports:
        - { port: 443, protocol: TCP }
        - { port: 6443, protocol: TCP }
{{- end }}
